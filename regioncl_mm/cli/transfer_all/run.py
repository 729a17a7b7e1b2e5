"""A suite of transfers: start what is not kept, and say how each went."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from ..programs import TOOLS, last_words, python, side_by_side, start
from .plan import Job, plan
from .table import as_text, describe


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of tools/transfer_all.py say.

    Raises:
        SystemExit: If a suite, config or checkpoint is not what it should
            be, if it is interrupted, or if runs failed.
    """
    try:
        jobs = plan(args)
    except (OSError, ValueError) as error:
        sys.exit(f'transfer_all.py: {error}')
    if args.dry_run:
        for job in jobs:
            print(f'{job}:\n   ', *command(job, args))
        return
    try:
        failed = transfer(jobs, args)
    except KeyboardInterrupt:
        sys.exit('\nStopped; the same command goes on from here.')
    print('', as_text(jobs), '', sep='\n')
    if failed:
        sys.exit(
            f'{len(failed)} of {len(jobs)} runs failed, as said above. The '
            'same command keeps what is finished and tries these again.'
        )


def command(job: Job, args: argparse.Namespace) -> list[str]:
    """The command of a run that begins, or goes on if it has begun."""
    given = [job.config, job.checkpoint]
    options = ['--work-dir', job.work_dir, '--resume']
    options += ['--backbone-dir', args.backbone_dir]
    options += ['--encoder', args.encoder]
    for flag in ('test_before', 'allow_partial', 'trust_checkpoint'):
        if getattr(args, flag):
            options.append('--' + flag.replace('_', '-'))
    if args.cfg_options:
        options += ['--cfg-options', *args.cfg_options]
    if args.slurm:
        script = [TOOLS / 'slurm_transfer.sh', args.slurm, job.config.stem]
    elif args.gpus:
        script = [TOOLS / 'dist_transfer.sh']
        given.append(args.gpus)
    else:
        return python('transfer.py', *given, *options)
    return [str(x) for x in ('bash', *script, *given, *options)]


def begin(job: Job, args: argparse.Namespace) -> subprocess.Popen:
    """Start a run."""
    print(f'{job}: started', flush=True)
    env = dict(os.environ, PYTHON=sys.executable)
    if args.gpus:
        env['GPUS'] = str(args.gpus)
    if args.jobs > 1:
        env['OMP_NUM_THREADS'] = '1'  # they would fight for the cores
    return start(command(job, args), output_file(job), env)


def output_file(job: Job) -> Path:
    """What a run says."""
    return job.work_dir / 'output.txt'


def transfer(jobs: list[Job], args: argparse.Namespace) -> list[Job]:
    """Run what is not finished; one that fails does not keep the others.

    Returns:
        The runs that failed.
    """
    done: list[Job] = []
    failed: list[Job] = []

    def say(job: Job, outcome: str) -> None:
        done.append(job)
        print(f'[{len(done)}/{len(jobs)}] {job}: {outcome}', flush=True)

    for job in jobs:
        results = job.results()
        if results:
            say(job, f'{describe(results)}, kept')

    def ended(job: Job, code: int, minutes: float) -> None:
        results = job.results()
        if code or not results:
            failed.append(job)
            words = last_words(output_file(job))
            say(job, f'FAILED, {minutes:.1f} min\n{words}')
        else:
            say(job, f'{describe(results)}, {minutes:.1f} min')

    waiting = [job for job in jobs if job not in done]
    side_by_side(waiting, lambda job: begin(job, args), args.jobs, ended)
    return failed
