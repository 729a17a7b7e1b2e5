"""Cityscapes, for semantic and for instance segmentation."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, Iterator

import numpy as np
from PIL import Image

from .coco_style import check_images, load_annotations
from .report import Report

PUBLISHED = dict(train=2975, val=500)
IMAGE, TRUTH = '_leftImg8bit.png', '_gtFine_'
CONVERT = {
    'labelIds.png': 'it is part of gtFine_trainvaltest.zip',
    'instanceIds.png': 'it is part of gtFine_trainvaltest.zip',
    'labelTrainIds.png': "make them with mmsegmentation's converter, see "
    'docs/data.md',
}
INSTANCE_CLASSES = {
    24: 'person',
    25: 'rider',
    26: 'car',
    27: 'truck',
    28: 'bus',
    31: 'train',
    32: 'motorcycle',
    33: 'bicycle',
}


def check_cityscapes(report: Report) -> None:
    """Check both splits' images, maps and instances."""
    for split, published in PUBLISHED.items():
        check_maps(report, split, published)
        check_instances(report, split, published)


def check_maps(report: Report, split: str, published: int) -> None:
    """Check that every image has its maps, and every map its image."""
    images, truth = f'leftImg8bit/{split}', f'gtFine/{split}'
    if not (report.has(images) & report.has(truth)):
        return
    there = {f'{path.parent.name}/{path.name}' for path in find(report, truth)}
    names = {
        f'{path.parent.name}/{path.name[: -len(IMAGE)]}'
        for path in find(report, images)
        if path.name.endswith(IMAGE)
    }
    report.count(f'images in {images}', len(names), published)
    for suffix, remedy in CONVERT.items():
        needed = {f'{name}{TRUTH}{suffix}' for name in names}
        lacking = (f'{truth}/{name}' for name in needed - there)
        report.missing(lacking, images, remedy)
        present = sorted(needed & there)
        report.decode(truth, present, color_type='unchanged')
        if suffix == 'labelTrainIds.png':
            check_values(report, truth, present)
    alone = {
        name[: name.index(TRUTH)]
        for name in there
        if name.endswith(f'{TRUTH}labelIds.png')
    } - names
    report.missing((f'{images}/{name}{IMAGE}' for name in alone), truth)


def find(report: Report, folder: str) -> Iterator[Path]:
    """The pictures of all cities of a folder."""
    return (report.root / folder).glob('*/*.png')


def check_values(report: Report, folder: str, names: Iterable[str]) -> None:
    """Check that maps hold train ids: 0 to 18, and 255."""
    wrong, where = [], report.root / folder
    for name in report.sample(names):
        try:
            values = np.unique(np.array(Image.open(where / name)))
        except (OSError, SyntaxError):
            continue  # reported as broken already
        if not np.isin(values, [*range(19), 255]).all():
            wrong.append(f'{folder}/{name}')
    report.several(
        wrong, 'hold other values than the train ids 0 to 18 and 255'
    )


def check_instances(report: Report, split: str, published: int) -> None:
    """Check the annotations that are made of the instance maps."""
    name = f'annotations/instancesonly_filtered_gtFine_{split}.json'
    content = load_annotations(
        report, name, "make it with mmdet's converter, see docs/data.md"
    )
    if content is None:
        return
    check_images(report, content, name, f'leftImg8bit/{split}', published)
    found = {c['id']: c['name'] for c in content['categories']}
    if found != INSTANCE_CLASSES:
        report.problem(
            f"{name}: the categories are not Cityscapes' eight classes with "
            'instances, by their label ids'
        )
