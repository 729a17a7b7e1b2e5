"""List 1 % and 10 % of the labelled training images (Table 3).

Lists published for ImageNet, such as SimCLR's 1percent.txt and
10percent.txt, are taken with --published; else images are drawn with a seed,
equally many of each class or one more. Beside each list a .json records its
SHA-256 and where it is from.

  python tools/make_subset.py imagenet data/imagenet
  python tools/make_subset.py imagenet data/imagenet \\
      --published 1percent.txt --percent 1
  python tools/make_subset.py fashion-mnist data/fashion-mnist
"""

import argparse
import sys
from pathlib import Path

DATA_SETS = ('fashion-mnist', 'imagenet')


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('dataset', choices=DATA_SETS)
    parser.add_argument('root', type=Path, help='its folder')
    parser.add_argument(
        '--percent',
        type=int,
        nargs='+',
        default=[1, 10],
        help='sizes of the lists; default: 1 10',
    )
    parser.add_argument(
        '--published',
        type=Path,
        metavar='FILE',
        help="a list of ImageNet's file names, a line each, to take in place "
        'of a draw; with one --percent',
    )
    parser.add_argument('--seed', type=int, default=0, help='of the draw')
    parser.add_argument(
        '--out', type=Path, help='folder for the lists; default: ROOT/meta'
    )
    args = parser.parse_args(argv)
    if not all(0 < percent < 100 for percent in args.percent):
        parser.error('--percent must be between 0 and 100')
    if args.published and (
        len(args.percent) != 1 or args.dataset != 'imagenet'
    ):
        parser.error('--published goes with imagenet and one --percent')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.make_subset.lists import make_lists

    try:
        make_lists(
            args.dataset,
            args.root,
            args.percent,
            args.published,
            args.seed,
            args.out,
        )
    except (OSError, ValueError) as error:
        sys.exit(f'make_subset.py: {error}')


if __name__ == '__main__':
    main()
