"""Check that a data set is where a config looks for it, and whole.

Folders, annotations, the images that they name, and a sample of the images
are checked. Numbers that differ from the published ones are warnings.
"""

import argparse
from pathlib import Path

NAMES = ('imagenet', 'coco', 'coco-pose', 'cityscapes', 'ap10k')


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('name', choices=NAMES)
    parser.add_argument('root', type=Path, help='such as data/coco')
    parser.add_argument(
        '--samples',
        type=int,
        default=50,
        help='images of each folder to decode (default 50)',
    )
    parser.add_argument('--seed', type=int, default=0, help='which these are')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.check_data.data_sets import check, conclude

    conclude(args.name, check(**vars(args)))


if __name__ == '__main__':
    main()
