"""Transfer checkpoints to all tasks of a suite.

Runs that are finished with the same backbone and options are kept,
interrupted ones go on, and one that fails does not keep the others from
running. Each has a folder WORK_DIR/CONFIG/HASH OF THE BACKBONE with
results.json, logs, and in output.txt all that it said.
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from tool_arguments import add_install_argument


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'checkpoints',
        nargs='+',
        metavar='CHECKPOINT',
        help='files, `random`, `supervised`; as of tools/transfer.py',
    )
    parser.add_argument(
        '--suite',
        nargs='+',
        required=True,
        help='paper (8 GPUs), quickstart (toy data, CPU), a file like those '
        'in configs/suites, or a config',
    )
    parser.add_argument(
        '--gpus',
        type=int,
        help='processes of each run, by tools/dist_transfer.sh; without, one',
    )
    parser.add_argument(
        '--jobs',
        type=int,
        default=1,
        help='runs at a time; with more than one each has one CPU thread',
    )
    parser.add_argument(
        '--slurm',
        metavar='PARTITION',
        help='start each run with tools/slurm_transfer.sh, on --gpus GPUs',
    )
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs', 'transfer'),
        help='folder of all runs; default: %(default)s',
    )
    parser.add_argument(
        '--backbone-dir',
        type=Path,
        default=Path('work_dirs', 'backbones'),
        help='folder for extracted backbones; default: %(default)s',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='settings of all runs, as of tools/transfer.py',
    )
    parser.add_argument(
        '--encoder', choices=('online', 'momentum'), default='online'
    )
    for flag, text in (
        ('--test-before', 'test before the first step, too'),
        ('--allow-partial', 'as of tools/transfer.py'),
        ('--trust-checkpoint', 'as of tools/transfer.py'),
        ('--dry-run', 'say what would be run, and run nothing'),
    ):
        parser.add_argument(flag, action='store_true', help=text)
    add_install_argument(parser)
    args = parser.parse_args(argv)
    if args.jobs < 1:
        parser.error('--jobs must be 1 or more')
    if args.jobs > 1 and args.gpus and not args.slurm:
        parser.error('--jobs and --gpus would share the GPUs; use --slurm')
    if args.slurm and not args.gpus:
        parser.error('--slurm needs --gpus')
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.transfer_all.run import run

    run(args)


if __name__ == '__main__':
    # A stopped suite leaves no training behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
