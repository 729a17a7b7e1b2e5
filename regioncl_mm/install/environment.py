"""The environment that runs this: what is in it, and what is broken."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from importlib.metadata import (
    Distribution,
    PackageNotFoundError,
    PathDistribution,
    distribution,
    version,
)
from pathlib import Path

# What a machine has of these stays as it is.
KEPT = ('torch', 'torchvision', 'numpy')


def installed(name: str) -> str | None:
    """The version of a distribution, None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def complete(name: str) -> bool:
    """Whether pip has wholly installed a distribution: see `remove_torn`."""
    return bool(installed(name)) and _is_whole(distribution(name))


def _is_whole(found: Distribution) -> bool:
    """Not what an interrupted pip leaves: it writes these two files last.

    Debian's packages have no RECORD, but say who installed them.
    """
    return any(found.read_text(x) for x in ('RECORD', 'INSTALLER'))


def kept() -> list[str]:
    """Pins of what must not change."""
    found = ((name, installed(name)) for name in KEPT)
    return [f'{name}=={version}' for name, version in found if version]


def describe() -> str:
    """The environment's folder, and whether it is one of its own."""
    if (
        sys.prefix != sys.base_prefix
        or Path(sys.prefix, 'conda-meta').is_dir()
    ):
        return sys.prefix
    return f'{sys.prefix}, which is no virtual environment'


def remove_torn() -> list[str]:
    """Remove what an interrupted pip left half installed.

    Files of such a distribution may be missing, yet pip would take it for
    installed.

    Returns:
        The names of the folders that were removed.
    """
    site_packages = Path(sysconfig.get_path('purelib'))
    torn = [
        path
        for path in site_packages.glob('*.dist-info')
        if not _is_whole(PathDistribution(path))
    ]
    # pip puts a tilde before the name of what it was about to remove.
    torn += site_packages.glob('~*')
    for path in torn:
        shutil.rmtree(path, ignore_errors=True)
    return [path.name for path in torn]


def gigabytes_free() -> float:
    """What the disk of the environment has left, in units of 1e9 bytes."""
    return shutil.disk_usage(sys.prefix).free / 1e9
