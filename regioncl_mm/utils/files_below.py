"""The files below a folder, by links too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Iterator


def files_below(
    folder: str | Path,
    left_out: Callable[[Path], bool] = lambda _: False,
    hidden_folders: bool = False,
) -> Iterator[Path]:
    """The files in a folder and in all folders below it, linked ones, too.

    Hidden files are passed over: those of a Mac, such as ``._0.png``, look
    like pictures and are none. A folder that links lead to twice, or back to,
    is entered once.

    Args:
        folder: Where to look.
        left_out: Whether a folder is passed over, with all below it.
        hidden_folders: Enter those whose names begin with a dot, and
            ``__MACOSX``, as mmpretrain's data sets do.
    """
    met: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        here = os.path.realpath(place)
        if here in met or left_out(Path(place)):
            folders.clear()
            continue
        met.add(here)
        if not hidden_folders:
            folders[:] = [x for x in folders if shown(x) and x != '__MACOSX']
        yield from (Path(place, x) for x in files if shown(x))


def shown(name: str) -> bool:
    """Whether a file or folder of this name is no hidden one."""
    return not name.startswith('.')
