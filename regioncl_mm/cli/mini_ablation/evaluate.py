"""A linear classifier on each run's backbone, for Table 14."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ...checkpoints.training_checkpoints import find_trained_checkpoint
from ...utils.files import read_json
from ..programs import last_words, python, side_by_side, start
from ..quickstart.runs import CONFIGS, Run
from . import results
from .tables import CLASSIFIED

CONFIG = (
    CONFIGS
    / 'evaluation'
    / 'resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist.py'
)


def evaluate(runs: list[Run], jobs: int) -> list[Run]:
    """Write each run's results.json, unless it is there.

    A run of Table 14 is classified for it. The classifier learns from cached
    features of whole images, which takes seconds; it is the same protocol for
    all variants.

    Returns:
        The runs of which it failed.
    """
    waiting = [run for run in runs if not results.is_evaluated(run)]
    for run in waiting:
        if run.method not in CLASSIFIED:
            results.write(run, None)
    waiting = [run for run in waiting if run.method in CLASSIFIED]
    failed: list[Run] = []

    def ended(run: Run, code: int, minutes: float) -> None:
        if code:
            failed.append(run)
            print(f'{run}: linear FAILED\n{last_words(output_file(run))}')
            return
        found = read_json(folder(run) / results.RESULTS)
        assert found is not None
        results.write(run, found)
        shutil.rmtree(folder(run))
        top1 = found['metrics']['accuracy/top1']
        print(f'{run}: linear {top1:.1f}', flush=True)

    side_by_side(waiting, begin, jobs, ended)
    return failed


def begin(run: Run) -> subprocess.Popen:
    """Start the classifier of one run."""
    # Left over if the last attempt was stopped.
    shutil.rmtree(folder(run), ignore_errors=True)
    command = python(
        'transfer.py',
        *(CONFIG, find_trained_checkpoint(run.work_dir), '--cached-features'),
        *('--work-dir', folder(run), '--feature-dir', folder(run)),
        *('--backbone-dir', folder(run)),
        # Nobody has made the label sets of ReaL here.
        *('--cfg-options', 'test_evaluator.1.label_file=None'),
    )
    env = {**os.environ, 'OMP_NUM_THREADS': '1'}
    return start(command, output_file(run), env)


def folder(run: Run) -> Path:
    """For the features and the classifier, removed in the end."""
    return run.work_dir / 'linear'


def output_file(run: Run) -> Path:
    """What the classifier's training says."""
    return run.work_dir / 'linear.txt'
