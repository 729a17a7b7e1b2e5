"""Parts of make_subset.py."""
