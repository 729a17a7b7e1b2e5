"""Small data sets of drawn pictures (tools/make_toy_data.py)."""
