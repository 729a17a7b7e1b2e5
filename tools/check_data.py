"""Check that a data set is where a config looks for it, and whole.

Folders, annotations, the images that they name, and a sample of the images
are checked. Numbers that differ from the published ones are warnings.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from regioncl_mm.cli.check_data.cityscapes import check_cityscapes
from regioncl_mm.cli.check_data.coco import (
    check_ap10k,
    check_coco,
    check_coco_pose,
)
from regioncl_mm.cli.check_data.imagenet import check_imagenet
from regioncl_mm.cli.check_data.report import Report


class DataSet(NamedTuple):
    check: callable
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
    'ap10k': DataSet(check_ap10k, 'https://github.com/AlexTheBad/AP-10K'),
}


def check(name: str, root: Path, **kwargs) -> Report:
    report = Report(root, **kwargs)
    if root.is_dir():
        DATA_SETS[name].check(report)
    else:
        report.problem(f'{root} is no folder')
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('name', choices=DATA_SETS)
    parser.add_argument('root', type=Path, help='such as data/coco')
    parser.add_argument(
        '--samples',
        type=int,
        default=50,
        help='images of each folder to decode (default 50)',
    )
    parser.add_argument('--seed', type=int, default=0, help='which these are')
    args = parser.parse_args()
    report = check(args.name, args.root, samples=args.samples, seed=args.seed)
    for kind in ('good', 'warnings', 'problems'):
        mark = dict(good='ok', warnings='warning', problems='PROBLEM')[kind]
        for text in getattr(report, kind):
            print(f'{mark}: {text}')
    if report.problems:
        sys.exit(
            f'{args.root} is not {args.name} as the configs expect it. It is '
            f'to be had as {DATA_SETS[args.name].source}; docs/data.md shows '
            'the tree'
        )
    print(f'{args.root} holds {args.name} as the configs expect it')


if __name__ == '__main__':
    main()
