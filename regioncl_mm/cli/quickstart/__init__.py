"""The parts of tools/quickstart.py, which begin in ``run``."""
