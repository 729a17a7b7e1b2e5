"""With what a result was produced."""

from __future__ import annotations

import platform
import re
import subprocess
from importlib import import_module
from pathlib import Path

import torch

from ..compat.served import served
from ..version import __version__

LIBRARIES = ('mmengine', 'mmcv', 'mmpretrain', 'mmdet', 'mmseg', 'mmpose')


def versions() -> dict[str, str]:
    """Versions of what was used, whose ops served, and the device."""
    found = dict(
        python=platform.python_version(),
        torch=torch.__version__,
        regioncl_mm=__version__,
    )
    for name in LIBRARIES:
        version = version_of(name)
        if version is not None:
            found[name] = version
    found.update(served())
    found['device'] = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else cpu_name()
    )
    return found


def version_of(library: str) -> str | None:
    """A library's version, None if it cannot be imported.

    One task needs one of the downstream libraries, and another of them may
    refuse the version of mmcv that is there.
    """
    try:
        return import_module(library).__version__
    except Exception:
        return None


def cpu_name() -> str:
    """A name such as ``AMD EPYC 7B13``, or the architecture alone."""
    info = Path('/proc/cpuinfo')
    text = info.read_text() if info.is_file() else ''
    found = re.search(r'^model name\s*: (.+)$', text, re.M)
    return found[1].strip() if found else platform.machine()


def git_commit() -> str | None:
    """The commit of the checkout that this package is in.

    It ends in ``-dirty`` if files were changed, and is None for an installed
    package.
    """
    root = Path(__file__).resolve().parents[2]

    def git(*arguments: str) -> str:
        return subprocess.run(
            ['git', '-C', str(root), *arguments],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ).stdout.strip()

    try:
        # A repository may merely have this package installed in it.
        if Path(git('rev-parse', '--show-toplevel')) != root:
            return None
        changed = git('status', '--porcelain', '--untracked-files=no')
        return git('rev-parse', 'HEAD') + ('-dirty' if changed else '')
    except (OSError, subprocess.CalledProcessError):
        return None
