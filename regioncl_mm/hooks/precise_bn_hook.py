"""Batch norm statistics of the trained weights, for any OpenMMLab model."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import Iterator

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import IterBasedTrainLoop
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..utils import random_states_restored


@HOOKS.register_module()
class PreciseBatchNormHook(Hook):
    """Measures the running statistics anew when training ends.

    While weights change, running statistics trail behind them. This hook runs
    the training loss, without gradients, on further training batches and
    sets mean and variance to the averages of those of the batches, as
    detectron2 does; over several processes, to the average of theirs.
    It acts before the last checkpoint and the last validation. Layers in
    evaluation mode, parameters, random states and momenta stay as they are.

    mmpretrain's ``PreciseBNHook`` is for classifiers: it runs ``'tensor'``
    mode, in which the RoI head of a detector sees other boxes than in
    training.

    Args:
        num_iters: Batches a process. Of an epoch-based run at most an
            epoch's.

    Raises:
        ValueError: If ``num_iters`` is not positive.
    """

    priority = 'LOW'  # after timers and loggers, before CheckpointHook

    def __init__(self, num_iters: int = 200):
        if num_iters < 1:
            raise ValueError(f'`num_iters` must be positive, got {num_iters}')
        self.num_iters = num_iters

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        # This loop's last validation comes before `after_train_epoch`.
        loop = runner.train_loop
        if isinstance(loop, IterBasedTrainLoop) and self.is_last_train_iter(
            runner
        ):
            self._measure(runner, loop.dataloader_iterator)

    def after_train_epoch(self, runner) -> None:
        loop = runner.train_loop
        if not isinstance(
            loop, IterBasedTrainLoop
        ) and self.is_last_train_epoch(runner):
            self._measure(runner, loop.dataloader)

    @torch.no_grad()
    def _measure(self, runner, batches) -> None:
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        layers = [
            layer
            for layer in model.modules()
            if isinstance(layer, _BatchNorm)
            and layer.training
            and layer.track_running_stats
        ]
        runner.logger.info(
            f'Precise BN: {len(layers)} layers, {self.num_iters} batches'
        )
        if not layers:
            return
        with random_states_restored(), _cumulative_average(layers):
            for batch in islice(batches, self.num_iters):
                # The optimizer's context is that of mixed precision.
                with runner.optim_wrapper.optim_context(model):
                    batch = model.data_preprocessor(batch, training=True)
                    model._run_forward(batch, mode='loss')
        for layer in layers:
            all_reduce(layer.running_mean, op='mean')
            all_reduce(layer.running_var, op='mean')


@contextmanager
def _cumulative_average(layers: list[nn.Module]) -> Iterator[None]:
    """Running statistics are plain averages from here on."""
    before = [
        (
            layer.momentum,
            layer.num_batches_tracked.clone(),
            layer.running_mean.clone(),
            layer.running_var.clone(),
        )
        for layer in layers
    ]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # PyTorch's for an average over all batches
    try:
        yield
    finally:
        for layer, (momentum, tracked, mean, var) in zip(layers, before):
            if not layer.num_batches_tracked:  # took no part in the loss
                layer.running_mean.copy_(mean)
                layer.running_var.copy_(var)
            layer.num_batches_tracked.copy_(tracked)
            layer.momentum = momentum
