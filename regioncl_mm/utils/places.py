"""Where configs and tools lie: in the checkout, or in an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def project_root() -> Path:
    """The folder that has ``configs`` and ``tools``.

    It is the checkout that the package lies in, and else what a wheel carries
    for OpenMMLab's package manager, ``regioncl_mm/.mim``.
    """
    checkout = _PACKAGE.parent
    if (checkout / 'configs').is_dir() and (checkout / 'tools').is_dir():
        return checkout
    return _PACKAGE / '.mim'


def as_typed(path: str | Path) -> Path:
    """A path as a user would type it in the current folder.

    Returns:
        The path from there on if it is below the current folder, and the
        whole path if it is not.
    """
    whole = Path(os.path.abspath(path))
    here = Path.cwd()
    return whole.relative_to(here) if here in whole.parents else whole
