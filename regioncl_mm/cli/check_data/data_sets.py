"""The data sets that can be checked, and how a check ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable, NamedTuple

from . import imagenet_lists
from .cityscapes import check_cityscapes
from .coco import check_ap10k, check_coco, check_coco_pose
from .folder import check_folder
from .imagenet import check_imagenet
from .of_config import check_data_of_config
from .report import Report


class DataSet(NamedTuple):
    """How a data set is checked, and where it is from."""

    check: Callable[[Report], None]
    source: str


COCO = 'train2017.zip, val2017.zip and annotations_trainval2017.zip from '
DATA_SETS = {
    'imagenet': DataSet(check_imagenet, 'https://www.image-net.org'),
    'coco': DataSet(check_coco, COCO + 'https://cocodataset.org'),
    'coco-pose': DataSet(check_coco_pose, COCO + 'https://cocodataset.org'),
    'cityscapes': DataSet(
        check_cityscapes,
        'leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip from '
        'https://www.cityscapes-dataset.com',
    ),
    'images': DataSet(check_folder, 'a folder of images'),
    'ap10k': DataSet(check_ap10k, 'https://github.com/AlexTheBad/AP-10K'),
    'config': DataSet(check_data_of_config, 'the data of your config'),
}
MARKS = dict(good='ok', warnings='warning', problems='PROBLEM')


def check(
    name: str,
    root: Path,
    samples: int | None = None,
    seed: int = 0,
    workers: int = 1,
    write_lists: bool = False,
) -> Report:
    """Check a data set.

    Args:
        name: One of ``DATA_SETS``.
        root: Its folder; the file of a config.
        samples: How many images of each folder are decoded; None for all.
        seed: Which these are.
        workers: Processes that decode.
        write_lists: First write lists of ImageNet's images, where there are
            none.
    """
    report = Report(root, samples, seed, workers)
    if root.is_dir() or (name == 'config' and root.is_file()):
        if write_lists:
            imagenet_lists.write_lists(report)
        DATA_SETS[name].check(report)
    else:
        what = 'file' if name == 'config' else 'folder'
        report.problem(f'{root} is no {what}')
    return report


def conclude(name: str, report: Report, output: Path | None = None) -> None:
    """Print what a check found, and end the program if it found problems.

    Args:
        name: One of ``DATA_SETS``.
        report: What was found.
        output: A file for the names of all files with problems.
    """
    for kind, mark in MARKS.items():
        for text in getattr(report, kind):
            print(f'{mark}: {text}')
    if output is not None:
        report.write_files(output)
        print(f'{output} lists {len(report.files):,} files with problems')
    if name == 'config':
        if report.problems:
            sys.exit(f'the data are not what {report.root} takes them for')
        print(f'the data are what {report.root} takes them for')
        return
    if report.problems:
        sys.exit(
            f'{report.root} is not {name} as the configs expect it. It is to '
            f'be had as {DATA_SETS[name].source}; docs/data.md shows the tree'
        )
    print(f'{report.root} holds {name} as the configs expect it')
