"""How the quickstart runs its trainings: in turn or side by side."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ..programs import last_words, python, run_tool, side_by_side, start
from .figures import describe
from .finished import is_finished
from .runs import Run

TRAIN = 'train.py'


def run_in_turn(runs: list[Run], resume: bool) -> list[Run]:
    """Train one after the other, with all threads; the first failure ends it.

    Returns:
        The runs kept as finished before.
    """
    kept = [run for run in runs if resume and is_finished(run)]
    for run in runs:
        if run in kept:
            print(f'\n{run}: {describe(run.scalars())}, kept')
        else:
            run_tool(TRAIN, *run.arguments, show='Epoch(')
    return kept


def run_side_by_side(
    runs: list[Run], resume: bool, jobs: int
) -> tuple[list[Run], list[Run]]:
    """Train, ``jobs`` at a time with one thread each.

    A line says when a run starts and one when it ends; one that fails does
    not keep the others from running.

    Returns:
        The runs kept as finished before, and those that failed.
    """
    kept = [run for run in runs if resume and is_finished(run)]
    for count, run in enumerate(kept, 1):
        print(f'[{count}/{len(runs)}] {run}: {describe(run.scalars())}, kept')
    waiting = [run for run in runs if run not in kept]
    done, failed = list(kept), []

    def begin(run: Run) -> subprocess.Popen:
        print(f'{run}: started', flush=True)
        # So small a network gains little from a second thread; a second
        # training makes full use of it.
        env = {**os.environ, 'OMP_NUM_THREADS': '1'}
        return start(python(TRAIN, *run.arguments), output_file(run), env)

    def ended(run: Run, code: int, minutes: float) -> None:
        done.append(run)
        if code:
            failed.append(run)
            words = last_words(output_file(run))
            result = f'FAILED, {minutes:.1f} min\n{words}'
        else:
            result = f'{describe(run.scalars())}, {minutes:.1f} min'
        print(f'[{len(done)}/{len(runs)}] {run}: {result}', flush=True)

    side_by_side(waiting, begin, jobs, ended)
    return kept, failed


def output_file(run: Run) -> Path:
    """What a training says when others run beside it."""
    return run.work_dir / 'output.txt'
