"""The parts of tools/make_toy_data.py."""
