"""Transfer checkpoints to all tasks of a suite, one after the other.

Runs that are finished with the same backbone and options are kept,
interrupted ones go on, and one that fails does not keep the others from
running. Each has a folder WORK_DIR/CONFIG/HASH OF THE BACKBONE with
results.json, logs, and in output.txt all that it said.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _process import ROOT, last_words, python, start  # noqa: E402
from _transfer_all.plan import Job, plan  # noqa: E402
from _transfer_all.table import as_text, describe  # noqa: E402


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


def run(job: Job, args: argparse.Namespace) -> bool:
    """Returns whether it was finished without failing."""
    began = time.time()
    output = job.work_dir / 'output.txt'
    env = dict(os.environ, PYTHON=sys.executable)
    if args.gpus:
        env['GPUS'] = str(args.gpus)
    process = start(command(job, args), output, env=env)
    try:
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    minutes = f'{(time.time() - began) / 60:.1f} min'
    if code:
        print(f'    FAILED, {minutes}\n{last_words(output)}', flush=True)
        return False
    print(f'    {describe(job.results())}, {minutes}', flush=True)
    return True


def main() -> None:
    args = parse_args()
    try:
        jobs = plan(args)
    except (OSError, ValueError) as error:
        sys.exit(f'transfer_all.py: {error}')
    failed = []
    for number, job in enumerate(jobs, 1):
        print(f'[{number}/{len(jobs)}] {job}', flush=True)
        if args.dry_run:
            print('   ', *map(str, command(job, args)))
        elif job.results():
            print(f'    {describe(job.results())}, kept')
        elif not run(job, args):
            failed.append(job)
    if args.dry_run:
        return
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
