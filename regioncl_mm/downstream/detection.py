"""Boxes and masks in COCO's format, as mmdet reads them."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from .categories import check_names
from .coco_file import read_coco
from .masks import check_masks
from .missing import refuse_missing
from .notes import Notes
from .read import ReadSet

FEW = 0.1  # of the boxes; so many may be left out without a word


def check_detection(
    read: ReadSet, notes: Notes, heads: dict[str, int]
) -> None:
    """Check names, boxes, masks and pictures of one annotation file.

    Args:
        read: A data set that mmdet's ``CocoDataset`` reads.
        notes: Gets what is to be said or changed.
        heads: The number of classes of each of the model's heads.

    Raises:
        ValueError: If nothing, or something else than is meant, would be
            learned or measured.
    """
    file = read.data_set.ann_file
    fields = ('bbox', 'area', 'iscrowd') if read.tested else ('bbox', 'area')
    content = notes.once((file, *fields), partial(read_coco, file, *fields))
    found = check_names(
        file, content, read.data_set.metainfo['classes'], heads
    )
    notes.labels(read, found)
    annotations = check_boxes(file, content, set(found))
    check_masks(read, notes, annotations, content)
    check_evaluators(read, notes, content)
    check_pictures(read, content)


def check_boxes(file: str, content: dict, names: set[str]) -> list[dict]:
    """The annotations of some categories that mmdet does not leave out.

    Raises:
        ValueError: If there is none.
    """
    kept = {c['id'] for c in content['categories'] if c['name'] in names}
    sizes = {i['id']: (i['width'], i['height']) for i in content['images']}
    wanted = [
        a
        for a in content['annotations']
        if a['category_id'] in kept and not a.get('ignore')
    ]
    if not wanted:
        raise ValueError(
            f'{file}: no annotation is of the categories that are read, '
            f'{", ".join(sorted(names))}'
        )
    found = [a for a in wanted if is_inside(a, sizes[a['image_id']])]
    left_out = len(wanted) - len(found)
    if left_out > FEW * len(wanted):
        text = (
            f'{file}: {left_out} of {len(wanted)} boxes are left out, for '
            'they are smaller than a pixel, without area, or outside of '
            'their picture; a `bbox` is x, y, width and height in pixels'
        )
        if not found:
            raise ValueError(text)
        print(f'warning: {text}', flush=True)
    return found


def is_inside(annotation: dict, size: tuple[int, int]) -> bool:
    """Whether mmdet takes a box; ``size`` is the picture's."""
    x, y, width, height = annotation['bbox']
    inner = [
        max(0, min(start + side, full) - max(start, 0))
        for start, side, full in zip((x, y), (width, height), size)
    ]
    return min(inner) > 0 < annotation['area'] and min(width, height) >= 1


def check_pictures(read: ReadSet, content: dict[str, Any]) -> None:
    """Find that the pictures are there that are read.

    Raises:
        ValueError: Naming the first that is not.
    """
    folder = read.data_set.data_prefix.get('img', '')
    annotated = {a['image_id'] for a in content['annotations']}
    refuse_missing(
        (
            os.path.join(folder, image['file_name'])
            for image in content['images']
            if read.tested or image['id'] in annotated
        ),
        read.data_set.ann_file,
    )


def check_evaluators(
    read: ReadSet, notes: Notes, content: dict[str, Any]
) -> None:
    """Find that a metric's own annotations are of the same pictures.

    Raises:
        ValueError: If they are not.
    """
    images = {image['id'] for image in content['images']}
    for metric in read.evaluators:
        file = metric.get('ann_file')
        if not file or os.path.samefile(file, read.data_set.ann_file):
            continue
        other = notes.once((file,), partial(read_coco, file))
        lacking = images - {image['id'] for image in other['images']}
        if lacking:
            raise ValueError(
                f'{file}, which the metric reads, has not got '
                f'{len(lacking)} of the {len(images)} pictures of '
                f'{read.data_set.ann_file}, such as the one with the id '
                f'{min(lacking, key=str)}'
            )
