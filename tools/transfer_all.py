"""Transfer checkpoints to all tasks of a suite.

Runs that are finished with the same backbone and options are kept,
interrupted ones go on, and one that fails does not keep the others from
running. Each has a folder WORK_DIR/CONFIG/HASH OF THE BACKBONE with
results.json, logs, and in output.txt all that it said.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from regioncl_mm.cli.processes import (  # noqa: E402
    ROOT,
    last_words,
    python,
    side_by_side,
    start,
)
from regioncl_mm.cli.transfer_all.plan import Job, plan  # noqa: E402
from regioncl_mm.cli.transfer_all.table import as_text, describe  # noqa: E402


def parse_args() -> argparse.Namespace:
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
    args = parser.parse_args()
    if args.jobs < 1:
        parser.error('--jobs must be 1 or more')
    if args.jobs > 1 and args.gpus and not args.slurm:
        parser.error('--jobs and --gpus would share the GPUs; use --slurm')
    if args.slurm and not args.gpus:
        parser.error('--slurm needs --gpus')
    return args


def command(job: Job, args: argparse.Namespace) -> list:
    """A run that begins, or goes on if it has begun."""
    given = [job.config, job.checkpoint]
    options = ['--work-dir', job.work_dir, '--resume']
    options += ['--backbone-dir', args.backbone_dir]
    options += ['--encoder', args.encoder]
    for flag in ('test_before', 'allow_partial', 'trust_checkpoint'):
        if getattr(args, flag):
            options.append('--' + flag.replace('_', '-'))
    if args.cfg_options:
        options += ['--cfg-options', *args.cfg_options]
    tools = ROOT / 'tools'
    if args.slurm:
        script = ['bash', tools / 'slurm_transfer.sh', args.slurm]
        return [*script, job.config.stem, *given, *options]
    if args.gpus:
        script = ['bash', tools / 'dist_transfer.sh']
        return [*script, *given, args.gpus, *options]
    return python('transfer.py', *given, *options)


def begin(job: Job, args: argparse.Namespace):
    print(f'{job}: started', flush=True)
    env = dict(os.environ, PYTHON=sys.executable)
    if args.gpus:
        env['GPUS'] = str(args.gpus)
    if args.jobs > 1:
        env['OMP_NUM_THREADS'] = '1'  # they would fight for the cores
    return start(command(job, args), output_file(job), env=env)


def output_file(job: Job) -> Path:
    return job.work_dir / 'output.txt'


def run(jobs: list, args: argparse.Namespace) -> list:
    """Returns those that failed."""
    kept = [job for job in jobs if job.results()]
    for number, job in enumerate(kept, 1):
        result = describe(job.results())
        print(f'[{number}/{len(jobs)}] {job}: {result}, kept', flush=True)
    done, failed = list(kept), []

    def ended(job: Job, code: int, minutes: float) -> None:
        done.append(job)
        if code:
            failed.append(job)
            words = last_words(output_file(job))
            result = f'FAILED, {minutes:.1f} min\n{words}'
        else:
            result = f'{describe(job.results())}, {minutes:.1f} min'
        print(f'[{len(done)}/{len(jobs)}] {job}: {result}', flush=True)

    waiting = [job for job in jobs if job not in kept]
    side_by_side(waiting, lambda job: begin(job, args), args.jobs, ended)
    return failed


def main() -> None:
    args = parse_args()
    try:
        jobs = plan(args)
    except (OSError, ValueError) as error:
        sys.exit(f'transfer_all.py: {error}')
    if args.dry_run:
        for job in jobs:
            print(f'{job}:\n   ', *map(str, command(job, args)))
        return
    failed = run(jobs, args)
    print('', as_text(jobs), '', sep='\n')
    if failed:
        sys.exit(
            f'{len(failed)} of {len(jobs)} runs failed, as said above. The '
            'same command keeps what is finished and tries these again.'
        )


if __name__ == '__main__':
    # A stopped suite leaves no training behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('\nStopped; the same command goes on from here.')
