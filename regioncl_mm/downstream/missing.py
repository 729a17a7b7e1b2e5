"""Files that are named and not there."""

from __future__ import annotations

import os
from typing import Iterable


def missing_files(paths: Iterable[str]) -> list[str]:
    """Those of some paths that are not there; a folder is listed once."""
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(os.path.dirname(path), []).append(path)
    missing = []
    for folder, wanted in by_folder.items():
        place = folder or '.'
        there = set(os.listdir(place)) if os.path.isdir(place) else set()
        missing += [x for x in wanted if os.path.basename(x) not in there]
    return missing


def refuse_missing(paths: Iterable[str], where: str) -> None:
    """Raise if files are missing.

    Raises:
        ValueError: Naming the first of them, and how many there are.
    """
    wanted = list(paths)
    missing = missing_files(wanted)
    if missing:
        raise ValueError(
            f'{len(missing)} of the {len(wanted)} files that {where} names '
            f'are missing, the first is {missing[0]}'
        )
