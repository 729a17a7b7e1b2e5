"""A linear classifier on features that are at hand.

Not the paper's protocol, whose classifier sees random crops: a quick look.
"""

from __future__ import annotations

import copy
from typing import Callable, Iterable

import numpy as np
import torch
from mmengine.optim import (
    OptimWrapper,
    _ParamScheduler,
    build_optim_wrapper,
)
from mmengine.registry import PARAM_SCHEDULERS
from torch import Tensor, nn

from .feature_cache import Features


def train_linear(
    head: nn.Module,
    features: Features,
    optim_wrapper: dict,
    param_scheduler: dict | Iterable[dict],
    epochs: int,
    batch_size: int,
    after_epoch: Callable[[int], None],
    seed: int = 0,
) -> None:
    """Train a head of mmpretrain's by a config's own settings.

    Args:
        head: Such as ``LinearClsHead``; changed in place.
        features: To learn from.
        optim_wrapper: Config, with the optimizer's.
        param_scheduler: A config or several, by epochs or by steps.
        epochs: All features are seen so often.
        batch_size: Features a step.
        after_epoch: Called with the number of each epoch, from 1.
        seed: Decides the order.
    """
    device = next(head.parameters()).device
    wrapper = build_optim_wrapper(head, copy.deepcopy(dict(optim_wrapper)))
    size = len(features.values)
    steps = -(-size // batch_size)
    schedulers = build_schedulers(param_scheduler, wrapper, epochs, steps)
    generator = torch.Generator().manual_seed(seed)
    for epoch in range(1, epochs + 1):
        head.train()
        order = torch.randperm(size, generator=generator)
        for rows in order.split(batch_size):
            # In the file's order, which is kinder to a disk.
            rows = rows.sort()[0].numpy()
            inputs = to_tensor(features.values[rows], device)
            targets = torch.from_numpy(features.labels[rows]).to(device)
            scores = head((inputs,))
            loss = head.loss_module(scores, targets, avg_factor=len(rows))
            wrapper.update_params(loss)
            step_schedulers(schedulers, by_epoch=False)
        step_schedulers(schedulers, by_epoch=True)
        after_epoch(epoch)


def build_schedulers(
    configs: dict | Iterable[dict],
    wrapper: OptimWrapper,
    epochs: int,
    steps: int,
) -> list[_ParamScheduler]:
    """Build schedulers as mmengine's Runner does, without a Runner.

    Args:
        configs: Config of a scheduler, or of several.
        wrapper: The optimizer's wrapper.
        epochs: Where those that count epochs end, unless they say.
        steps: Steps an epoch.
    """
    if isinstance(configs, dict):
        configs = [configs]
    schedulers = []
    for config in configs:
        config = copy.deepcopy(dict(config))
        if config.get('by_epoch', True):
            config.setdefault('end', epochs)
        else:
            config.setdefault('end', epochs * steps)
        if config.pop('convert_to_iter_based', False):
            cls = PARAM_SCHEDULERS.get(config.pop('type'))
            schedulers.append(
                cls.build_iter_from_epoch(
                    optimizer=wrapper, epoch_length=steps, **config
                )
            )
        else:
            default = dict(optimizer=wrapper)
            schedulers.append(
                PARAM_SCHEDULERS.build(config, default_args=default)
            )
    return schedulers


def step_schedulers(schedulers: list[_ParamScheduler], by_epoch: bool) -> None:
    """Step those that count epochs, or those that count steps."""
    for scheduler in schedulers:
        if scheduler.by_epoch == by_epoch:
            scheduler.step()


@torch.no_grad()
def predict(
    head: nn.Module, features: Features, batch_size: int = 4096
) -> Tensor:
    """Scores (N, classes) on the CPU, after softmax."""
    head.eval()
    device = next(head.parameters()).device
    found = []
    for start in range(0, len(features.values), batch_size):
        rows = features.values[start : start + batch_size]
        found.append(head((to_tensor(rows, device),)).softmax(1).cpu())
    return torch.cat(found)


def to_tensor(rows: np.ndarray, device: torch.device) -> Tensor:
    """Rows on a device."""
    # A copy: what is mapped from a file may not be written to.
    return torch.from_numpy(np.array(rows)).to(device)
