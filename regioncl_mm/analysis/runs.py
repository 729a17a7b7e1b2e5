"""What a pretraining run has left in its work dir."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from ..cli.silence import logging_silenced
from ..methods import method_of_experiment
from ..utils.logs import find_logs, first_step, read_log
from ..utils.walk import walk


class Run(NamedTuple):
    """A pretraining run."""

    name: str
    cfg: Config
    checkpoints: dict[int, Path]  # by epoch
    knn: dict[int, float]  # 20-NN top-1 in percent, by epoch


def read_run(text: str) -> Run:
    """Read a run from its work dir.

    Args:
        text: ``NAME=FOLDER``, or the folder alone.

    Raises:
        ValueError: If the folder has no config or no checkpoint.
    """
    name, _, place = text.rpartition('=')
    folder = Path(place)
    configs = sorted(folder.glob('*.py'), key=lambda x: x.stat().st_mtime)
    found = (
        (re.fullmatch(r'epoch_(\d+)', path.stem), path)
        for path in folder.glob('epoch_*.pth')
    )
    checkpoints = {int(match[1]): path for match, path in found if match}
    if not configs or not checkpoints:
        what = 'config' if not configs else 'epoch_*.pth'
        raise ValueError(f'{folder} is no work dir of pretraining: no {what}')
    with logging_silenced():
        cfg = Config.fromfile(configs[-1])
    stem = configs[-1].stem
    return Run(
        name or method_of_experiment(stem) or stem,
        cfg,
        dict(sorted(checkpoints.items())),
        read_knn(folder),
    )


def read_knn(folder: Path) -> dict[int, float]:
    """Read the kNN accuracies from the logs of all trainings in a folder.

    One that was resumed goes on from the last; one that began anew takes its
    place. Which it is, the first step that it logged tells.
    """
    found: dict[int, float] = {}
    begins: list[tuple[int, int]] = []  # of the logs before
    for file in find_logs(folder):
        lines = read_log(file)
        logged = {x['step']: x['knn20'] for x in lines if 'knn20' in x}
        begin = first_step(lines)
        # What it trains is evaluated at the end of this epoch, or later.
        first = begin[0] if begin else min(logged, default=math.inf)
        if begin and begin <= min(begins, default=(0, 0)):
            first = 0  # anew, perhaps without an evaluation before it
        found = {step: x for step, x in found.items() if step < first}
        found.update(logged)
        begins += [begin] if begin else []
    return found


def input_size(cfg: Config) -> int:
    """The side in pixels of the images that a run was trained on.

    Raises:
        ValueError: If the pipeline does not tell.
    """
    for _, node in walk(cfg.train_dataloader.dataset.to_dict()):
        if node.get('type') == 'RandomResizedCrop':
            scale = node['scale']
            return scale if isinstance(scale, int) else scale[0]
    raise ValueError(
        f'{cfg.filename} crops by no RandomResizedCrop; give --size'
    )


def view_pipeline(cfg: Config) -> list[dict]:
    """The transforms of the second view.

    Raises:
        ValueError: If the pipeline has no MultiView.
    """
    for node in cfg.train_dataloader.dataset.pipeline:
        if node.type.endswith('MultiView'):
            return node.transforms[-1]
    raise ValueError(f'{cfg.filename} has no MultiView in its pipeline')
