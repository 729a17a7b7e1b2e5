"""Parts of transfer_all.py."""
