"""Which of the quickstart's trainings are done."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from ...checkpoints.newest import find_newest
from ...checkpoints.outline import when_saved
from ...utils import parse_options, read_config
from ..silence import logging_silenced
from .runs import Run


def is_finished(run: Run) -> bool:
    """Whether the latest training in the work dir is this one, and whole.

    That is: its config, with all options, is what would be run now, and the
    last epoch has been evaluated and its checkpoint is there.
    """
    try:
        evaluated = [x['step'] for x in run.scalars() if 'knn20' in x]
        dumped = run.scalars_file.with_name('config.py')
        options = parse_options(run.options)
        with logging_silenced():
            trained = Config.fromfile(dumped).to_dict()
            wanted = read_config(run.config, options, run.work_dir).to_dict()
    except Exception:
        # Nothing there yet, or cut off while it was written. If an option is
        # wrong, the training says so better.
        return False
    # The folder may have been moved.
    del trained['work_dir'], wanted['work_dir']
    epochs = wanted['train_cfg']['max_epochs']
    return (
        trained == wanted
        and epochs in evaluated
        and has_checkpoint(run.work_dir, epochs)
    )


def has_checkpoint(work_dir: Path, epoch: int) -> bool:
    """Whether the newest whole checkpoint of a folder is that of an epoch.

    It is the one that what comes after the training starts from.
    """
    try:
        path = find_newest(work_dir).path
    except ValueError:  # none is whole
        return False
    saved = when_saved(path) if path else None
    return saved is not None and saved.epoch == epoch
