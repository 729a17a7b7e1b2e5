"""A training step beside its peers: ``tools/benchmarks/step.py``."""
