"""The pictures below a folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from ...utils.files_below import files_below
from ..check_data.folder import READ
from .write import CHOSEN, RECIPE


class Pictures(NamedTuple):
    """What is below a folder.

    Attributes:
        names: Paths from the folder on, sorted.
        other: How many files of other endings there are, by the ending.
        unlisted: Names that no list of pictures can hold.
    """

    names: list[str]
    other: dict[str, int]
    unlisted: list[str]


def find_pictures(folder: Path, leave_out: Path) -> Pictures:
    """Find the pictures in a folder and in all folders below it.

    Hidden files and folders are passed over, and other work dirs.

    Args:
        folder: Where to look.
        leave_out: A folder that may lie in it, and holds other pictures.

    Raises:
        ValueError: If there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise ValueError(f'{folder} is no folder; give one with pictures')
    names: list[str] = []
    unlisted: list[str] = []
    other: Counter[str] = Counter()

    def made(place: Path) -> bool:
        own = place.resolve() == leave_out.resolve()
        return own or (place / RECIPE / CHOSEN).is_file()

    for file in files_below(folder, made):
        name = file.relative_to(folder).as_posix()
        if file.suffix.lower() not in READ:
            other[file.suffix.lower() or 'no ending'] += 1
        elif can_be_listed(name):
            names.append(name)
        else:
            unlisted.append(name.encode(errors='replace').decode())
    if not names:
        found = ', '.join(f'{n} {kind}' for kind, n in other.most_common())
        raise ValueError(
            f'{folder} holds no picture ({", ".join(READ)}), nor do the '
            f'folders in it{found and f"; there are {found}: convert them"}'
        )
    return Pictures(sorted(names), dict(other.most_common()), unlisted)


def can_be_listed(name: str) -> bool:
    """Whether a name can be a line of a text file in UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return name.splitlines() == [name] and name.strip() == name
