"""Keypoints in COCO's format, as mmpose reads them."""

from __future__ import annotations

from functools import partial
from typing import Any

from .coco_file import listed, plain, read_coco
from .detection import check_evaluators, check_pictures
from .notes import Notes
from .read import ReadSet

MEASURED = ('area', 'iscrowd', 'num_keypoints', 'keypoints')


def check_pose(read: ReadSet, notes: Notes, heads: dict[str, int]) -> None:
    """Check keypoints and pictures of one annotation file.

    Args:
        read: A data set that mmpose's ``BaseCocoStyleDataset`` reads.
        notes: Remembers what was read.
        heads: The number of keypoints of the model's head, by its setting.

    Raises:
        ValueError: If there are no keypoints, or more or fewer than the
            config has.
    """
    info, file = read.data_set.metainfo, read.data_set.ann_file
    fields = MEASURED if read.tested else ()
    content = notes.once((file, *fields), partial(read_coco, file, *fields))
    count = info['num_keypoints']
    check_count(file, content, count)
    warn_of_names(file, content, info['keypoint_id2name'])
    for head, outputs in heads.items():
        if outputs != count:
            raise ValueError(
                f'`{head}` is {outputs}, and the data of `{read.setting}` '
                f'have {count} keypoints; set it to {count}'
            )
    check_evaluators(read, notes, content)
    check_pictures(read, content)


def check_count(file: str, content: dict[str, Any], count: int) -> None:
    """Find that all figures have a box and so many keypoints, some labelled.

    Raises:
        ValueError: If not.
    """
    figures = [a for a in content['annotations'] if a.get('keypoints')]
    for figure in figures:
        if 'bbox' not in figure:
            raise ValueError(
                f'{file}: annotation {figure["id"]} has keypoints and no '
                '`bbox`, and mmpose leaves it out'
            )
        numbers = figure['keypoints']
        if len(numbers) != 3 * count:
            raise ValueError(
                f'{file}: annotation {figure["id"]} has {len(numbers)} '
                f'numbers for keypoints, {len(numbers) / 3:g} keypoints of '
                f'x, y and visibility, and the config has {count}. Give the '
                "data sets a `metainfo` with the file's keypoints, and "
                '`model.head.out_channels` their number'
            )
    if not any(
        max(figure['keypoints'][2::3]) > 0 and figure.get('num_keypoints', 1)
        for figure in figures
    ):
        raise ValueError(
            f'{file}: no annotation has a labelled keypoint (`keypoints`)'
        )


def warn_of_names(
    file: str, content: dict[str, Any], names: dict[int, str]
) -> None:
    """Say where keypoints have other names than in the config.

    Flips swap those of left and right by their numbers, so another order is
    another thing.
    """
    expected = [names[index] for index in sorted(names)]
    for category in content['categories']:
        found = category.get('keypoints') or expected
        other = [
            f'{one!r} is {two!r} there'
            for one, two in zip(found, expected)
            if plain(one) != plain(two)
        ]
        if other:
            print(
                f'warning: {file}: keypoints of {category["name"]} have '
                f'other names than in the config: {listed(other)}. Is their '
                'order the same?',
                flush=True,
            )
            return
