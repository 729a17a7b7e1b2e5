"""All that is asked of a GPU, within minutes.

In stages, each with a share of the time: CIFAR-10's pictures are unpacked;
the tests that need a GPU; a step of RegionCL-M at 128 and at 256 images, in
one phase and in two, beside its peers, and compiled (step.py, bfloat16,
channels last); MoCo v2 and RegionCL-M on CIFAR-10 in bfloat16, as many epochs
of both as the rest of the time gives, with kNN in the end. A stage whose time
is over is stopped, and one that fails keeps none from following: the table,
printed last, says so, and the exit status is 1.

`bash tools/benchmarks/gpu.sh` installs what is needed first, without network.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

STAGES = (
    'pictures',
    'tests',
    'step-128',
    'step-256',
    'step-compiled',
    'cifar10',
)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        '--minutes',
        type=float,
        default=9,
        help='for all of it, the installation too; default: %(default)s',
    )
    add(
        '--stages',
        nargs='+',
        choices=STAGES,
        default=list(STAGES),
        metavar='STAGE',
        help=f'some of {", ".join(STAGES)}, which share the time; '
        'default: all',
    )
    add(
        '--data',
        type=Path,
        default=Path(os.environ.get('DATA_ROOT') or 'data/cifar10'),
        help="CIFAR-10: a folder as tools/get_cifar10.py's, or an archive of "
        'one; default: DATA_ROOT, or data/cifar10',
    )
    add(
        '--device',
        choices=('cuda', 'cpu'),
        default='cuda',
        help='default: %(default)s',
    )
    add(
        '--small',
        action='store_true',
        help='few and small pictures, to see on any machine that all of it '
        'runs',
    )
    add(
        '--out',
        type=Path,
        default=Path(os.environ.get('OUT') or 'work_dirs/gpu'),
        help='folder for what each stage says; default: OUT, or work_dirs/gpu',
    )
    add(
        '--json',
        type=Path,
        help='file for versions, figures, and what was left out; default: '
        'gpu.json in --out',
    )
    add(
        '--passed',
        type=float,
        default=0,
        help='seconds that the installation took',
    )
    args = parser.parse_args(argv)
    if args.minutes <= 0:
        parser.error('--minutes must be more than 0')
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.gpu.run import run

    try:
        undone = run(args)
    except ValueError as error:
        sys.exit(f'gpu.py: {error}')
    if undone:
        sys.exit(f'gpu.py: not done: {undone}')


if __name__ == '__main__':
    main()
