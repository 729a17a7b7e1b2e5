"""Batch norm statistics of the trained weights, for any OpenMMLab model."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import Any, Iterator

import torch
from mmengine.dist import all_gather
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import IterBasedTrainLoop
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..finite import StateCopy
from ..optim.wrappers import first_wrapper
from ..utils import random_states_restored


@HOOKS.register_module()
class PreciseBatchNormHook(Hook):
    """Measures the running statistics anew when training ends.

    While weights change, running statistics trail behind them. This hook runs
    the training loss, without gradients, on further training batches and
    sets mean and variance to those of all values of a channel together, in
    all batches and processes, as detectron2 does (fvcore's ``precise_bn``
    since 2021; before, the variance was the batches' average, which leaves
    out how far their means lie apart).
    It acts before the last checkpoint and the last validation. Running
    statistics of a momentum encoder are measured as well. All parameters, its
    own among them, layers in evaluation mode, a queue, random states and
    momenta stay as they are.

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
        populations = [_Population(layer) for layer in layers]
        before = StateCopy(model)
        before.take()
        wrapper = first_wrapper(runner.optim_wrapper)
        with random_states_restored(), _in_one_phase(model):
            for batch in islice(batches, self.num_iters):
                # The optimizer's context is that of mixed precision.
                with wrapper.optim_context(model):
                    batch = model.data_preprocessor(batch, training=True)
                    model._run_forward(batch, mode='loss')
                # At once, so that a momentum encoder does not drift.
                before.put_back()
        for population in populations:
            population.write()


@contextmanager
def _in_one_phase(model: Any) -> Iterator[None]:
    """Within it a model takes no gradient ahead, for there is none."""
    two_phase = getattr(model, 'two_phase', False)
    if two_phase:
        model.two_phase = False
    try:
        yield
    finally:
        if two_phase:
            model.two_phase = True


class _Population:
    """Mean and variance of all values that a layer is given, by channel.

    Chan's way of joining the statistics of parts: the squares are those of
    distances from a mean, so that nothing cancels out.
    """

    def __init__(self, layer: _BatchNorm):
        mean, variance = layer.running_mean, layer.running_var
        # Layers without statistics were left out.
        assert mean is not None and variance is not None
        self.statistics = mean, variance
        self.count = mean.new_zeros(())
        self.mean = torch.zeros_like(mean)
        self.squares = torch.zeros_like(variance)
        self._handle = layer.register_forward_pre_hook(self._add)

    def _add(self, layer: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        values = arguments[0].to(self.mean.dtype).transpose(0, 1).flatten(1)
        mean = values.mean(1)
        squares = (values - mean[:, None]).square().sum(1)
        self._join(mean.new_tensor(values.size(1)), mean, squares)

    def _join(self, count: Tensor, mean: Tensor, squares: Tensor) -> None:
        total = self.count + count
        apart = mean - self.mean
        self.mean = self.mean + apart * (count / total)
        self.squares += squares + apart.square() * (self.count * count / total)
        self.count = total

    def write(self) -> None:
        """Set the layer's statistics to those of all processes' values."""
        self._handle.remove()
        parts = all_gather(torch.stack([self.mean, self.squares]))
        counts = all_gather(self.count)
        self.count = torch.zeros_like(self.count)
        self.mean = torch.zeros_like(self.mean)
        self.squares = torch.zeros_like(self.squares)
        for count, (mean, squares) in zip(counts, parts):
            if count:
                self._join(count, mean, squares)
        if self.count:  # else it took no part in the loss
            self.statistics[0].copy_(self.mean)
            self.statistics[1].copy_(self.squares / self.count)
