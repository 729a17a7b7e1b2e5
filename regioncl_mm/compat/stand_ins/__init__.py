"""Modules that missing ones are replaced by; see `missing_modules`."""
