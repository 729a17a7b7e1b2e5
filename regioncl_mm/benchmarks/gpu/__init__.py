"""All that is asked of a GPU, in minutes: ``tools/benchmarks/gpu.sh``."""
