"""Batch norm statistics of the trained weights, for any OpenMMLab model."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import Iterator, Sequence

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import IterBasedTrainLoop
from torch import Tensor
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
        num_iters: How many batches each process looks at; in a run that
            counts epochs, at most an epoch's.

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
        """Measure after the last step of a run that counts iterations."""
        # This loop's last validation comes before `after_train_epoch`.
        loop = runner.train_loop
        if isinstance(loop, IterBasedTrainLoop) and self.is_last_train_iter(
            runner
        ):
            self._measure(runner, loop.dataloader_iterator)

    def after_train_epoch(self, runner) -> None:
        """Measure after the last epoch of a run that counts epochs."""
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
def _cumulative_average(layers: Sequence[_BatchNorm]) -> Iterator[None]:
    """Running statistics are plain averages from here on."""
    before = [
        (layer.momentum, [x.clone() for x in _statistics(layer)])
        for layer in layers
    ]
    for layer in layers:
        layer.reset_running_stats()
        # PyTorch's for an average over all batches, if not in its hints.
        layer.momentum = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for layer, (momentum, kept) in zip(layers, before):
            mean, variance, batches = _statistics(layer)
            if not batches:  # took no part in the loss
                mean.copy_(kept[0])
                variance.copy_(kept[1])
            batches.copy_(kept[2])
            layer.momentum = momentum


def _statistics(layer: _BatchNorm) -> tuple[Tensor, Tensor, Tensor]:
    """Running mean, running variance and the number of batches in them."""
    mean, variance = layer.running_mean, layer.running_var
    batches = layer.num_batches_tracked
    # Layers without statistics were left out.
    assert mean is not None and variance is not None and batches is not None
    return mean, variance, batches
