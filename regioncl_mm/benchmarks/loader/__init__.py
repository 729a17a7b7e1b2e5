"""What prepares images: ``tools/benchmarks/loader.py``."""
