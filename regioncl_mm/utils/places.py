"""Where configs and tools lie: in the checkout, or in an installed wheel."""

from __future__ import annotations

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
