"""The parts of tools/mini_ablation.py, which begin in ``run``."""
