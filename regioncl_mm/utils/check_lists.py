"""Lists of pictures, before a data set is made of them."""

from __future__ import annotations

import os
import os.path as osp


def check_list(place: str, folder: str, with_label: bool) -> None:
    """Find lines without a picture, or without a label.

    Args:
        place: The list, a picture a line, with its label at the end.
        folder: The pictures are below it.
        with_label: Whether labels are read.

    Raises:
        ValueError: Naming list and line.
    """
    there: dict[str, set[str]] = {}
    missing: list[tuple[int, str]] = []
    with open(place, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            name = line.rstrip('\r\n')
            if not name.strip():
                raise ValueError(
                    f'{place}, line {number}: empty, where an image should be '
                    'named; delete the line'
                )
            if with_label:
                name, _, label = name.strip().rpartition(' ')
                if not name or not label.isdigit():
                    raise ValueError(
                        f'{place}, line {number}: no label after the image: '
                        f'{line.strip()!r}; give it one, from 0 up, or set '
                        '`with_label=False` where none are needed'
                    )
            where, base = osp.split(osp.join(folder, name))
            if where not in there:
                there[where] = names_in(where)
            if base not in there[where]:
                missing.append((number, name))
    if missing:
        number, name = missing[0]
        more = f'; so are {len(missing) - 1} further ones' * (len(missing) > 1)
        raise ValueError(
            f'{place}, line {number}: {osp.join(folder, name)} does not exist'
            f'{more}. Copy what is missing, or delete the lines'
            + labels_are_names(name, with_label)
        )


def labels_are_names(name: str, with_label: bool) -> str:
    """A hint, where a label is read as a part of the name."""
    if not with_label and name.rpartition(' ')[2].isdigit():
        return '. Or is the number a label? Then set `with_label=True`'
    return ''


def names_in(folder: str) -> set[str]:
    """What is in a folder; nothing if there is none."""
    return set(os.listdir(folder)) if osp.isdir(folder) else set()
