"""Training on small images: ``tools/benchmarks/small_images.py``."""
