"""Batch norm as several devices would compute it, on one."""

from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor
from torch.nn.functional import batch_norm
from torch.nn.modules.batchnorm import _BatchNorm


@MODELS.register_module('SplitBN')
class SplitBatchNorm(_BatchNorm):
    """Batch norm over parts of the batch, as if each were on its own device.

    MoCo shuffles its keys among devices so that the statistics of batch norm
    do not tell which key belongs to a query (MoCo, section 3.3). One device
    has one batch and nothing to shuffle; split into virtual devices it has.
    Use it, as ``norm_cfg=dict(type='SplitBN', num_splits=8)`` in the
    backbone, to pretrain RegionCL-M or -D on one GPU; the momentum methods
    here shuffle their keys as soon as they find it. The state dict is batch
    norm's, and in evaluation mode it is batch norm.

    Image i belongs to virtual device ``i % num_splits``; running statistics
    are means over the virtual devices.

    Args:
        num_features: Channels C of inputs (N, C, …).
        num_splits: Virtual devices, a divisor of the batch.
        **batch_norm: Further arguments of :class:`torch.nn.BatchNorm2d`.
    """

    def __init__(self, num_features: int, num_splits: int = 8, **batch_norm):
        super().__init__(num_features, **batch_norm)
        if num_splits < 1:
            raise ValueError(
                f'`num_splits` must be at least 1, got {num_splits}'
            )
        self.num_splits = num_splits

    def extra_repr(self) -> str:
        return f'{super().extra_repr()}, num_splits={self.num_splits}'

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f'expected (N, C, …), got {tuple(input.shape)}')

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (N, C, …).

        Raises:
            ValueError: In training, if the splits do not divide N.
        """
        if not self.training:
            return super().forward(input)
        self._check_input_dim(input)
        splits, channels = self.num_splits, self.num_features
        if len(input) % splits:
            raise ValueError(
                f'a batch of {len(input)} does not split into {splits} equal '
                'parts; choose `num_splits` of SplitBN among its divisors'
            )
        # Virtual devices become channels: one call normalises all of them.
        parts = input.reshape(-1, splits * channels, *input.shape[2:])
        mean = self._repeated(self.running_mean)
        variance = self._repeated(self.running_var)
        output = batch_norm(
            parts,
            mean,
            variance,
            self._repeated(self.weight),
            self._repeated(self.bias),
            training=True,
            momentum=self._step(),
            eps=self.eps,
        ).reshape(input.shape)
        if self.track_running_stats:
            self._average_splits(self.running_mean, mean)
            self._average_splits(self.running_var, variance)
        return output

    def _repeated(self, tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else tensor.repeat(self.num_splits)

    @torch.no_grad()
    def _average_splits(
        self, running: Tensor | None, of_splits: Tensor | None
    ) -> None:
        assert running is not None and of_splits is not None
        running.copy_(of_splits.view(self.num_splits, -1).mean(0))

    def _step(self) -> float:
        """The share of the new statistics in the running ones."""
        if not self.track_running_stats:
            return 0.0
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        if self.momentum is None:  # a plain mean over all batches
            return 1.0 / float(self.num_batches_tracked)
        return self.momentum


def has_split_norm(module: torch.nn.Module) -> bool:
    """Whether some layer normalises parts of the batch by themselves."""
    return any(
        isinstance(layer, SplitBatchNorm) and layer.num_splits > 1
        for layer in module.modules()
    )
