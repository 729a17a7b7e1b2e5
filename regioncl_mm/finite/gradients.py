"""A look at the gradients just before the weights are changed."""

from __future__ import annotations

import functools
from typing import Any, Callable

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
        self._optimizer, self._step = optimizer, optimizer.step
        # Not by a hook of the optimizer: torch 2.1 calls none once anything
        # has been compiled in the process.
        optimizer.step = self._watched_step()  # type: ignore[method-assign]

    def take(self) -> Tensor | None:
        """The norm of the last update's gradients, once; None without one."""
        norm, self._norm = self._norm, None
        return norm

    def remove(self) -> None:
        """Look no longer."""
        self._optimizer.step = self._step  # type: ignore[method-assign]

    def _watched_step(self) -> Callable:
        @functools.wraps(self._step)
        def step(*args: Any, **kwargs: Any) -> Any:
            self._look(self._optimizer)
            return self._step(*args, **kwargs)

        return step

    @torch.no_grad()
    def _look(self, optimizer: Optimizer) -> None:
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
