"""Samples a second that one core prepares for pretraining.

The pipeline of a dataset's config as mmpretrain's transforms run it, with our
cheaper ones, and with what is left to the workers when the device augments.
Images go through all of them in turns, from the JPEG to the packed sample.
Nothing is timed before the same seeds have made the same views. Then what
the device does for a batch.
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        '--dataset',
        default='imagenet_bs128_mocov2',
        help='of configs/_base_/datasets; default: %(default)s',
    )
    add('--images', type=int, default=48, help='JPEGs to write')
    add('--repeats', type=int, default=8, help='times through all of them')
    add('--batch', type=int, default=128, help="of the device's part")
    add('--device', help='default: cuda if there is a GPU, else cpu')
    add('--json', type=Path, help='where to write the figures')
    args = parser.parse_args(argv)
    if args.repeats < 2:
        parser.error('--repeats must be at least 2, for there is no spread')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.loader.run import run

    try:
        run(args)
    except ValueError as error:
        sys.exit(f'loader.py: {error}')


if __name__ == '__main__':
    main()
