"""The version of regioncl_mm; setup.py reads it without importing."""

__version__ = '0.1.0'
