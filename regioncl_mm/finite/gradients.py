"""A look at the gradients just before the weights are changed."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim import Optimizer


class UpdateWatch:
    """Takes the norm of the gradients of every update of the weights.

    It is taken when the optimizer begins its step: after accumulation and
    clipping, the same in all processes. Under float16 the gradient's scaler
    passes over updates that overflow, and nothing is taken of them.

    Args:
        optimizer: The one that is watched.
        skip: Have an update with a gradient that is not finite change
            nothing, neither weights nor what the optimizer keeps. This waits
            for the device at every step.
    """

    def __init__(self, optimizer: Optimizer, skip: bool = False):
        self.skip = skip
        self._norm: Tensor | None = None
        self._handle = optimizer.register_step_pre_hook(self._look)

    def take(self) -> Tensor | None:
        """The norm of the last update's gradients, once; None without one."""
        norm, self._norm = self._norm, None
        return norm

    def remove(self) -> None:
        """Look no longer."""
        self._handle.remove()

    @torch.no_grad()
    def _look(self, optimizer: Optimizer, args, kwargs) -> None:
        trained = [
            p
            for group in optimizer.param_groups
            for p in group['params']
            if p.grad is not None
        ]
        if not trained:
            return
        norms = torch._foreach_norm([p.grad for p in trained])
        self._norm = torch.stack([n.float() for n in norms]).norm()
        if self.skip and not self._norm.isfinite():
            for p in trained:
                p.grad = None  # optimizers pass over such parameters
