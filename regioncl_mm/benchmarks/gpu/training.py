"""One training on CIFAR-10 in bfloat16, and how long its epochs take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...utils.launch import read_config
from ...utils.logs import read_log
from ...utils.places import project_root
from ..measure import default_device, now

# By what tables call them; the first is the base of the second.
METHODS = {'MoCo v2': 'mocov2', 'RegionCL-M': 'regioncl-m'}


def find_config(name: str) -> Path:
    """The config of one of :data:`METHODS`."""
    folder = project_root() / 'configs' / 'cifar10'
    (path,) = folder.glob(f'{METHODS[name]}_resnet18_*.py')
    return path


def config(name: str, settings: dict[str, Any]) -> Config:
    """That of one of :data:`METHODS`, in bfloat16."""
    cfg = read_config(find_config(name), settings)
    cfg.optim_wrapper.type = 'BFloat16OptimWrapper'
    return cfg


def knn_hook(cfg: Config) -> dict[str, Any]:
    """The config of its evaluation."""
    (found,) = (x for x in cfg.custom_hooks if x['type'] == 'KNNHook')
    return found


class _Clock(Hook):
    """The seconds of each epoch, without what other hooks do after it."""

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.device = default_device()
        self.seconds: list[float] = []

    def before_train_epoch(self, runner) -> None:
        self.start = now(self.device)

    def after_train_epoch(self, runner) -> None:
        self.seconds.append(now(self.device) - self.start)


def train(
    name: str,
    folder: Path,
    epochs: int,
    settings: dict[str, Any],
    evaluate: bool = True,
) -> dict[str, Any]:
    """Train, with the schedule that so many epochs have.

    Args:
        name: One of :data:`METHODS`.
        folder: The work dir.
        epochs: How many.
        settings: Of the config, beside its length.
        evaluate: Whether kNN tells, at the end, what was learnt.

    Returns:
        ``seconds`` of each epoch, the last ``loss``, ``knn`` in percent, and
        on a GPU ``peak_bytes``.
    """
    cfg = config(name, {**length(epochs), **settings})
    cfg.work_dir = str(folder)
    # mmengine takes two runs of one name in a second for the same.
    cfg.experiment_name = f'{folder.parent.name}-{folder.name}'
    knn = knn_hook(cfg)
    if evaluate:
        knn.update(interval=epochs, at_start=False)
        for loader in (knn['memory_dataloader'], knn['query_dataloader']):
            loader['num_workers'] = workers()
    else:
        cfg.custom_hooks.remove(knn)
    clock = _Clock()
    runner = Runner.from_cfg(cfg)
    runner.register_hook(clock)
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    runner.train()
    lines = read_log(Path(runner.log_dir, 'vis_data', 'scalars.json'))
    last = {key: value for line in lines for key, value in line.items()}
    return dict(
        seconds=clock.seconds,
        loss=last.get('loss'),
        knn={k: v for k, v in last.items() if k.startswith('knn')},
        peak_bytes=torch.cuda.max_memory_allocated() if on_gpu else None,
    )


def length(epochs: int) -> dict[str, Any]:
    """The settings of so many epochs; the rate falls to zero in them."""
    return {
        'train_cfg.max_epochs': epochs,
        'param_scheduler.0.T_max': epochs,
        'param_scheduler.0.end': epochs,
        'default_hooks.checkpoint.interval': epochs,
        'default_hooks.logger.interval': 10,
        'randomness.seed': 0,
    }


def workers() -> int:
    """Processes that read pictures for the kNN."""
    cores = os.cpu_count() or 1
    return min(8, cores // 2) if cores > 3 else 0
