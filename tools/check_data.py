"""Check that a data set is where a config looks for it, and whole.

Folders, annotations and the images that they name are checked, and every
image is decoded as training decodes it. Numbers that differ from the published
ones are warnings.
"""

import argparse
import os
from pathlib import Path

from tool_arguments import positive

NAMES = (
    'imagenet',
    'coco',
    'coco-pose',
    'cityscapes',
    'ap10k',
    'images',
    'config',
)


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('name', choices=NAMES)
    parser.add_argument(
        'root',
        type=Path,
        help='such as data/coco; for `config`, the file of a downstream '
        'config, all of whose data sets are checked',
    )
    parser.add_argument(
        '--samples',
        type=positive,
        help='images of each folder to decode (default: all)',
    )
    parser.add_argument('--seed', type=int, default=0, help='which these are')
    parser.add_argument(
        '--workers',
        type=int,
        default=os.cpu_count() or 1,
        help='processes that decode (default: one a core)',
    )
    parser.add_argument(
        '--output',
        type=Path,
        help='a file for the names of all files with problems, and why',
    )
    parser.add_argument(
        '--write-lists',
        action='store_true',
        help='of imagenet with other than 1,000 classes: write meta/train.txt '
        'and meta/val.txt, by which configs can read it',
    )
    args = parser.parse_args(argv)
    if args.write_lists and args.name != 'imagenet':
        parser.error('--write-lists goes with imagenet')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.check_data.data_sets import check, conclude

    options = vars(args)
    output = options.pop('output')
    conclude(args.name, check(**options), output)


if __name__ == '__main__':
    main()
