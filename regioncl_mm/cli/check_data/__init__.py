"""The parts of tools/check_data.py."""
