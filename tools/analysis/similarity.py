"""What a cell of an image looks like to a backbone: two beside each other.

Draws the cosine similarity of every cell of the last feature map with a
chosen cell, over the image, for two checkpoints of one config.

IMAGE is a file, or the number of one of the config's test images. Rows and
columns of cells count from 0, from the upper left corner.
"""

import argparse
import sys
from pathlib import Path

from tool_arguments import add_run_arguments, add_source_arguments


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config with images and a backbone')
    parser.add_argument('image', help='a file, or a number')
    parser.add_argument('checkpoints', nargs=2, metavar='CHECKPOINT')
    add_run_arguments(parser)
    add_source_arguments(parser)
    parser.add_argument(
        '--cell',
        type=int,
        nargs=2,
        metavar=('ROW', 'COLUMN'),
        help='default: the middle',
    )
    parser.add_argument(
        '--labels', nargs=2, help='titles; default: the methods'
    )
    parser.add_argument(
        '--out',
        type=Path,
        default='similarity.png',
        help='picture to write; default: %(default)s',
    )
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.analysis.similarity import compare

    try:
        compare(args)
    except (OSError, ValueError) as error:
        sys.exit(f'similarity.py: {error}')


if __name__ == '__main__':
    main()
