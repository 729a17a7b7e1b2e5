"""The parts of tools/quickstart.py."""
