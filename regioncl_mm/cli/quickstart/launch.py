"""How the quickstart runs its trainings: in turn or side by side."""

import os
import subprocess
import sys
from pathlib import Path

from ..processes import last_words, side_by_side, start
from .figures import describe
from .runs import ROOT, Run, is_finished

TRAIN = 'tools/train.py'


def run_tool(script: str, *arguments, show: str = '') -> None:
    """Run a Python tool, showing the command a user would type.

    Of its output only the lines with ``show`` in them are printed; all of it
    if it fails.
    """
    command = [script, *map(str, arguments)]
    print('\n$ python', ' '.join(command), flush=True)
    output = []
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            for line in process.stdout:
                output.append(line)
                if show in line:
                    # Without the time of day and the name of the logger.
                    text = line.split(' - INFO - ')[-1]
                    print('  ' + text, end='', flush=True)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        name = os.path.basename(script)
        sys.exit(''.join(output) + f'{name} failed, as said above')


def run_in_turn(runs: list, resume: bool) -> list:
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


def run_side_by_side(runs: list, resume: bool, jobs: int) -> tuple:
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
        return _start(run)

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
    return run.work_dir / 'output.txt'


def _start(run: Run) -> subprocess.Popen:
    return start(
        [sys.executable, TRAIN, *run.arguments],
        output_file(run),
        cwd=ROOT,
        # So small a network gains little from a second thread; a second
        # training makes full use of it.
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
    )
