"""What labels mean: the names of the classes of a data set."""

from __future__ import annotations

import os.path as osp
from typing import Any, Iterator, NamedTuple

from mmengine.fileio import list_from_file

from ..utils.data_sets import inner_data_sets


class Classes(NamedTuple):
    """The classes of a data set.

    Attributes:
        labels: The label of each class, by its name.
        place: The folder or list that the names are from; empty if they are
            the data set's own.
        numbered: Whether the labels are given, and not by the order of names.
    """

    labels: dict[str, int]
    place: str
    numbered: bool


def classes_of(data_set: Any) -> Classes | None:
    """The classes of a data set that is wrapped in no other.

    Args:
        data_set: One of mmpretrain's, whose classes are its folders; those
            of a list of images and labels, if each label belongs to one
            folder; or else what its ``metainfo`` says.

    Returns:
        None if nobody says what the labels mean.
    """
    if not getattr(data_set, 'with_label', True):
        return None
    folders = getattr(data_set, 'folder_to_idx', None)
    if folders:
        return Classes(dict(folders), data_set.img_prefix.rstrip('/'), False)
    if getattr(data_set, 'ann_file', '') and hasattr(data_set, 'extensions'):
        listed = _classes_listed(data_set.ann_file)
        if listed is not None:
            return listed
    names = getattr(data_set, 'metainfo', {}).get('classes')
    if not names:
        return None
    return Classes({name: i for i, name in enumerate(names)}, '', True)


def _classes_listed(place: str) -> Classes | None:
    """The folders of the images that a list labels."""
    labels: dict[str, int] = {}
    for path, label in _lines(place):
        name = osp.basename(osp.dirname(path))
        if labels.setdefault(name, label) != label:
            return None
    if '' in labels or len(set(labels.values())) < len(labels):
        return None
    return Classes(labels, place, True)


def _lines(place: str) -> Iterator[tuple[str, int]]:
    """The images and labels of a list."""
    for line in list_from_file(place):
        path, label = line.strip().rsplit(' ', 1)
        yield path, int(label)


def largest_label(data_set: Any) -> int | None:
    """The largest label of a data set that is made of files, or None."""
    found: list[int] = []
    for inner in inner_data_sets(data_set):
        if not getattr(inner, 'with_label', False):
            continue
        if inner.ann_file:
            found += [label for _, label in _lines(inner.ann_file)]
        else:
            found += inner.folder_to_idx.values()
    return max(found, default=None)
