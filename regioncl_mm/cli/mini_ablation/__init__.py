"""Parts of mini_ablation.py."""
