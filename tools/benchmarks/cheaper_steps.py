"""What cheaper steps than RegionCL-M's cost in accuracy, on Fashion-MNIST.

Trains the quickstart's network with each variant twice: as many epochs as
RegionCL-M, and as many as take as long as RegionCL-M's would with a ResNet-50
at 224 pixels, by operations. Prints 20-NN and its differences to RegionCL-M,
seed by seed. Runs that are finished are kept: the same command goes on after
an interruption.
"""

import argparse
import sys
from pathlib import Path

VARIANTS = (
    'moco-v2',
    'regioncl-m',
    'half',
)


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--seeds', type=int, default=3)
    add('--seed', type=int, default=0, help='the first of them')
    add('--epochs', type=int, default=8, help="RegionCL-M's")
    add(
        '--equal-time',
        action='store_true',
        help='leave out the runs of as many epochs, which time ranks not',
    )
    add('--jobs', type=int, default=2, help='runs at a time')
    add('--variants', nargs='+', choices=VARIANTS, default=list(VARIANTS))
    add(
        '--work-dir',
        type=Path,
        default=Path('work_dirs', 'cheaper_steps'),
        help='default: %(default)s',
    )
    add('--cfg-options', nargs='+', default=[])
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.cheaper_steps import run

    try:
        run(args)
    except ValueError as error:
        sys.exit(f'cheaper_steps.py: {error}')
    except KeyboardInterrupt:
        sys.exit('\nStopped; the same command goes on from here.')


if __name__ == '__main__':
    main()
