"""With what a result was produced."""

from __future__ import annotations

import platform
import re
import subprocess
from importlib import import_module
from pathlib import Path

import torch

from ..version import __version__

LIBRARIES = ('mmengine', 'mmcv', 'mmpretrain', 'mmdet', 'mmseg', 'mmpose')


def versions() -> dict[str, str]:
    """Of Python, torch, this project and OpenMMLab; and the device."""
    found = dict(
        python=platform.python_version(),
        torch=torch.__version__,
        regioncl_mm=__version__,
    )
    for name in LIBRARIES:
        try:
            found[name] = import_module(name).__version__
        except ImportError:  # one task needs one of the downstream libraries
            continue
    found['device'] = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else cpu_name()
    )
    return found


def cpu_name() -> str:
    """Such as ``AMD EPYC 7B13``; the architecture where it is not told."""
    info = Path('/proc/cpuinfo')
    text = info.read_text() if info.is_file() else ''
    found = re.search(r'^model name\s*: (.+)$', text, re.M)
    return found[1].strip() if found else platform.machine()


def git_commit() -> str | None:
    """Of the checkout that this file is in, ``-dirty`` if files of it were
    changed; None for an installed package."""
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
        # Not of a repository that merely has this package installed in it.
        if Path(git('rev-parse', '--show-toplevel')) != root:
            return None
        changed = git('status', '--porcelain', '--untracked-files=no')
        return git('rev-parse', 'HEAD') + ('-dirty' if changed else '')
    except (OSError, subprocess.CalledProcessError):
        return None
