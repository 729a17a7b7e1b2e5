"""How long a training step takes, beside its peers' and their memory.

In one process and in turns: (A) the authors' RegionCL-M in our own words, (B)
mmpretrain's base method, (C) MoCo v2 of lightly's parts, if installed, (D-off)
ours with regions off, (D) ours. Images are random and on the device: this is
the model's step alone. Ours run with the settings given, the peers as they
come, in float32. First all losses and gradients are compared with the
reference's, on at most 32 of the images, and nothing is timed if they differ.
On a GPU the waits of a step are counted, too: how often the host needs a
result before it can go on.

ratios: R1 = D-off / B, R2 = D / A, R3 = D / D-off (by operations 1.75 for M,
1.68 for D, 2.00 for S with both views)
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
    add('--methods', nargs='+', choices=['m', 'd', 's'], default=['m'])
    add('--batch', type=int, help='images; default: 128 on a GPU, else 8')
    add('--size', type=int, default=224, help='pixels of a side')
    add('--queue', type=int, default=65536)
    add('--depth', type=int, default=50, choices=(18, 34, 50), help='ResNet')
    add('--warmup', type=int, default=2)
    add('--steps', type=int, default=8)
    add('--precision', choices=('float32', 'bfloat16'), default='float32')
    add('--channels-last', action='store_true')
    add('--compile', action='store_true', help='backbones, by inductor')
    add('--ours', action='store_true', help='without the peers, A to C')
    phases = parser.add_mutually_exclusive_group()
    phases.add_argument(
        '--two-phase', action='store_true', help='M and D alone'
    )
    phases.add_argument(
        '--both-phases',
        action='store_true',
        help='M and D in two phases (D2), beside one',
    )
    add('--cheaper', action='store_true', help="and half of M's composites")
    add('--device', help='default: cuda if there is a GPU, else cpu')
    add('--threads', type=int, help="torch's; default: all cores")
    add('--seed', type=int, default=0)
    add('--json', type=Path, help='where to write the figures')
    args = parser.parse_args(argv)
    if args.steps < 2:
        parser.error('--steps must be at least 2 to show a spread')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.step.run import run

    try:
        run(args)
    except ValueError as error:
        sys.exit(f'step.py: {error}')


if __name__ == '__main__':
    main()
