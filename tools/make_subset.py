"""List 1 % and 10 % of the labelled training images (Table 3).

Lists published for ImageNet, such as SimCLR's 1percent.txt and
10percent.txt, are taken with --published; else images are drawn with a seed,
equally many of each class or one more. Beside each list a .json records its
SHA-256 and where it is from.

  python tools/make_subset.py imagenet data/imagenet
  python tools/make_subset.py imagenet data/imagenet --published 1percent.txt --percent 1
  python tools/make_subset.py fashion-mnist data/fashion-mnist
"""  # noqa: E501

import argparse
import sys
from pathlib import Path

from regioncl_mm.cli.make_subset.draw import draw  # noqa: E402
from regioncl_mm.cli.make_subset.files import write_list  # noqa: E402
from regioncl_mm.cli.make_subset.images import READERS  # noqa: E402
from regioncl_mm.cli.make_subset.published import read_published  # noqa: E402


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('dataset', choices=sorted(READERS))
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
    args = parser.parse_args()
    if not all(0 < percent < 100 for percent in args.percent):
        parser.error('--percent must be between 0 and 100')
    if args.published and (
        len(args.percent) != 1 or args.dataset != 'imagenet'
    ):
        parser.error('--published goes with imagenet and one --percent')
    return args


def main() -> None:
    args = parse_args()
    out = args.out or args.root / 'meta'
    try:
        images = READERS[args.dataset](args.root)
        for percent in args.percent:
            if args.published:
                chosen = read_published(args.published, images)
                origin = dict(published=args.published.name)
            else:
                chosen = draw(images, percent, args.seed)
                origin = dict(seed=args.seed)
            path = out / f'train_{percent}percent.txt'
            record = write_list(path, chosen, percent=percent, **origin)
            print(
                f'wrote {path}: {record["images"]} of {len(images)} images, '
                f'{record["fewest"]} to {record["most"]} of each of '
                f'{record["classes"]} classes, sha256 {record["sha256"][:12]}'
            )
    except (OSError, ValueError) as error:
        sys.exit(f'make_subset.py: {error}')


if __name__ == '__main__':
    main()
