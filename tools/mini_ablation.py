"""The paper's ablations (Tables 9, 10 and 14) at the size of one machine.

Pretrains every variant of RegionCL-M on Fashion-MNIST with the quickstart's
network, as many steps each, and prints how far each is from MoCo v2 beside
how far it is in the paper. Runs that are finished are kept: the same command
goes on after an interruption. With two CPU cores a run takes about 2 minutes,
two at a time; there are 11 for each seed.

in the work dir:
  VARIANT/seedN/results.json   metrics, settings, versions of a run
  mini_ablation.md             the tables
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from tool_arguments import positive

FEW = 3  # seeds; fewer say nothing


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--seeds',
        type=positive,
        default=FEW,
        metavar='N',
        help='runs of each variant; default: %(default)s, and fewer say '
        'little',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='the first of them, 0 by default'
    )
    parser.add_argument(
        '--epochs',
        type=positive,
        default=6,
        help='of 10,000 images; default: %(default)s',
    )
    parser.add_argument(
        '--variants',
        nargs='+',
        metavar='VARIANT',
        help='default: all; MoCo v2 is always among them. A wrong name is '
        'answered with the right ones',
    )
    parser.add_argument(
        '--jobs',
        type=positive,
        default=len(os.sched_getaffinity(0)),
        metavar='J',
        help='runs at a time, with one thread each; default: one a CPU core',
    )
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs', 'mini_ablation'),
        help='default: %(default)s',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='settings of all runs, as of tools/train.py',
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.mini_ablation.run import run

    words = [
        'tools/mini_ablation.py',
        *(sys.argv[1:] if argv is None else argv),
    ]
    run(args, 'python ' + ' '.join(words))


if __name__ == '__main__':
    # A stopped ablation leaves no training behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
