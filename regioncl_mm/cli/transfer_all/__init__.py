"""The parts of tools/transfer_all.py, which begin in ``run``."""
