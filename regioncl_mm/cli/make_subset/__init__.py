"""Lists of labelled images (tools/make_subset.py)."""
