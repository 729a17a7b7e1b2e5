"""Installs what regioncl_mm needs, a stage when it is needed.

``tools/install.sh`` runs this folder before any package is there, so it
imports the standard library and itself alone, by relative names.
"""

from .downstream import NotInstalledError, require_libraries

__all__ = ['NotInstalledError', 'require_libraries']
