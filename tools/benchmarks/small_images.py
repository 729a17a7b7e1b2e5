"""How many small images a second a training takes, beside its peers.

Fashion-MNIST's 28 pixels, the quickstart's configs with a wider network:
RegionCL-M, and the same with regions off. Each contestant is a process that
waits, and they take steps in turns, so that whatever else the machine does
meets all of them: an earlier commit of this library as it was, this one, a
loop of plain PyTorch, and MoCo v2 of lightly's parts and transforms, if
installed. A step is all of it: views, loss, update, hooks.

Images are those of the folder DATA_ROOT, or noise.
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
    add('--batch', type=int, default=128, help='images; default: %(default)s')
    add('--channels', type=int, default=16, help='of the first stage')
    add('--turns', type=int, default=7)
    add('--steps', type=int, default=5, help='of each turn')
    add('--precision', choices=('float32', 'bfloat16'), default='float32')
    add('--threads', type=int, default=1, help='default: %(default)s')
    add(
        '--commit',
        default='3d121bd',
        help='the earlier version, or none; default: %(default)s',
    )
    add('--json', type=Path, help='where to write the figures')
    args = parser.parse_args(argv)
    if args.turns < 2:
        parser.error('--turns must be at least 2 to show a spread')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.small_images.run import run

    try:
        run(args)
    except ValueError as error:
        sys.exit(f'small_images.py: {error}')


if __name__ == '__main__':
    main()
