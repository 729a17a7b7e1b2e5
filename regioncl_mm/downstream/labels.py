"""What the values in masks mean to mmseg."""

from __future__ import annotations

from typing import Any

import numpy as np

from .coco_file import listed
from .read import ReadSet


def to_labels(info: dict[str, Any]) -> np.ndarray:
    """The label that each value from 0 to 255 becomes, as mmseg has it.

    Args:
        info: What its data set says of a mask.
    """
    labels = np.arange(256)
    if info['reduce_zero_label']:
        labels -= 1
        labels[[0, 255]] = 255
    found = labels.copy()
    for old, new in (info['label_map'] or {}).items():
        found[labels == old] = new
    return found


def check_labels(
    read: ReadSet,
    labels: np.ndarray,
    ignored: set[int],
    met: dict[int, str],
    looked_at: tuple[int, int],
) -> None:
    """Find that the values of masks are a config's classes, more than one.

    Args:
        read: A data set of mmseg's.
        labels: The label of each value.
        ignored: Labels that no class has.
        met: The values in the masks, each with a mask that has it.
        looked_at: How many masks that are, and how many there are.

    Raises:
        ValueError: If there are other labels, or those of one class alone.
    """
    names = read.data_set.metainfo.get('classes')
    if not names:
        return
    count, reduced = len(names), read.data_set.reduce_zero_label
    there = {int(labels[value]) for value in met} - ignored
    where = (
        f'`{read.setting}`: {looked_at[0]} of {looked_at[1]} masks in '
        f'{read.data_set.data_prefix.get("seg_map_path")} were looked at'
    )
    values = f'they have the values {listed(sorted(met))}'
    unknown = sorted(
        v for v in met if labels[v] >= count and labels[v] not in ignored
    )
    if unknown:
        hint = ''
        if not reduced and unknown == [count]:
            hint = (
                '. If 0 is no class and they count from 1, set '
                f'`{read.setting}.reduce_zero_label=True`'
            )
        raise ValueError(
            f'{where}; {values}, and the labels of the {count} classes '
            f'{listed(names)} are {span(count, reduced)}; '
            f'{met[unknown[0]]} has {unknown[0]}{hint}'
        )
    absent = [f'{names[x]} ({x})' for x in range(count) if x not in there]
    if not absent:
        return
    text = f'{where}; {values}'
    if 255 in met:
        text += ', of which 255 is the ignored label'
    if reduced and 0 in met:
        text += ', and 0 is ignored (`reduce_zero_label=True`)'
    text += f'. Classes that no pixel has: {listed(absent)}'
    sure = looked_at[0] == looked_at[1] or 255 in met
    if len(there) < 2 <= count and sure:
        raise ValueError(
            f'{text}. Nothing but one class would be learned: masks of two '
            'classes have the values 0 and 1'
        )
    print(f'warning: {text}', flush=True)


def span(count: int, reduced: bool) -> str:
    """The values that stand for classes, for people."""
    if reduced:
        return f'1 to {count} (0 is ignored: `reduce_zero_label=True`)'
    return f'0 to {count - 1}'
