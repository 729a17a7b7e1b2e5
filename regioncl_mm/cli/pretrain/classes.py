"""Folders that are classes, for the kNN that watches the training."""

from __future__ import annotations

from typing import NamedTuple, Sequence

SPLITS = ('train', 'training', 'val', 'valid', 'validation', 'test')
MIN_PICTURES = 2  # of a class: one to remember, one to ask about
ASKED = 5  # one picture of so many of a class is asked about


class Labelled(NamedTuple):
    """Pictures with their labels, ``NAME LABEL`` a line.

    Attributes:
        classes: The names of the classes; a label is a place in them.
        memory: The pictures that are searched.
        queries: Those that are classified, a fifth of each class.
    """

    classes: list[str]
    memory: list[str]
    queries: list[str]

    @property
    def neighbours(self) -> int:
        """How many neighbours vote, the paper's 20 if there are enough."""
        return min(20, max(1, len(self.memory) // 4))


def class_of(name: str) -> str:
    """The folder that a picture is in, below those of splits; may be ''."""
    folders = name.split('/')[:-1]
    if folders and folders[0].lower() in SPLITS:
        folders = folders[1:]
    return folders[0] if folders else ''


def label_by_folder(names: Sequence[str]) -> Labelled | None:
    """Take the outermost folders for classes, if all pictures are in some.

    Returns:
        None if pictures lie outside of folders, if there are fewer than two,
        or if one has a single picture.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(class_of(name), []).append(name)
    if '' in found or len(found) < 2:
        return None
    if min(map(len, found.values())) < MIN_PICTURES:
        return None
    classes = sorted(found)
    memory: list[str] = []
    queries: list[str] = []
    for label, key in enumerate(classes):
        for number, name in enumerate(found[key]):
            # The second one first, so that each class has one of each.
            asked = number % ASKED == 1
            (queries if asked else memory).append(f'{name} {label}')
    return Labelled(classes, memory, queries)
