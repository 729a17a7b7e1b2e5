"""The data sets of any downstream config, such as one on data of one's own."""

from __future__ import annotations

import os
from typing import Iterator

from ...downstream.check import LIBRARIES, look_at_data
from ...downstream.coco_file import read_coco
from ...downstream.notes import Notes
from ...downstream.read import EVALUATORS, ReadSet, read_sets
from ...utils.launch import read_config
from .report import Report


def check_data_of_config(report: Report) -> None:
    """Check what a run looks at before its first step, and every picture.

    Args:
        report: Its root is the config's file.
    """
    cfg = read_config(report.root)
    if cfg.get('default_scope') not in LIBRARIES:
        report.problem(
            f'{report.root} is of no downstream library '
            f'({", ".join(LIBRARIES)}): check the folder, by `images` or '
            '`imagenet`'
        )
        return
    notes = Notes()
    for key in EVALUATORS:
        if not cfg.get(key):
            continue
        try:
            look_at_data(cfg, [key], report.samples, notes)
        except (OSError, ValueError) as error:
            report.problem(f'{key}: {error}')
            continue
        for read in read_sets(cfg, [key]):
            paths = {os.path.abspath(path) for path in pictures(read)}
            folder = os.path.commonpath(map(os.path.dirname, paths))
            report.good.append(f'{read.setting}: {len(paths):,} pictures')
            report.decode(folder, {os.path.relpath(x, folder) for x in paths})


def pictures(read: ReadSet) -> Iterator[str]:
    """The paths of a data set's pictures."""
    data_set = read.data_set
    if read.lister == 'mmseg.BaseSegDataset':
        for info in data_set.load_data_list():
            yield info['img_path']
        return
    for image in read_coco(data_set.ann_file)['images']:
        yield os.path.join(
            data_set.data_prefix.get('img', ''), image['file_name']
        )
