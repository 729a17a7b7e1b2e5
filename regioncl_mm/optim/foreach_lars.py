"""LARS that waits for no device."""

from __future__ import annotations

from typing import Any, Callable

import torch
from mmpretrain.engine.optimizers import LARS
from mmpretrain.registry import OPTIMIZERS
from torch import Tensor


@OPTIMIZERS.register_module()
class ForeachLARS(LARS):
    """mmpretrain's ``LARS``, by calls for all tensors of a group.

    mmpretrain's reads two norms of every tensor from the device, one after
    the other. Here they stay there. Updates are the same but for the rounding
    of a tensor's rate to float32, and so is ``state_dict``.

    Takes the arguments of :class:`mmpretrain.engine.LARS`.
    """

    # A checkpoint of either is gone on with by the other.
    state_of = LARS

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Any:
        """Change the parameters, and return what ``closure`` does."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            trained = [p for p in group['params'] if p.grad is not None]
            if trained:
                self._update(trained, group)
        return loss

    def _update(self, trained: list[Tensor], group: dict) -> None:
        gradients = [p.grad for p in trained if p.grad is not None]
        decay = group['weight_decay']
        steps = list(torch._foreach_add(gradients, trained, alpha=decay))
        if group.get('lars_exclude', False):
            torch._foreach_mul_(steps, group['lr'])
        else:
            rates = group['lr'] * self._local_rates(trained, gradients, group)
            torch._foreach_mul_(steps, list(rates.unbind()))
        if group['momentum']:
            steps = self._with_momentum(trained, steps, group)
        torch._foreach_sub_(trained, steps)

    def _local_rates(
        self, weights: list[Tensor], gradients: list[Tensor], group: dict
    ) -> Tensor:
        """The rate of each tensor, to be multiplied by the group's."""
        weight = torch.stack(torch._foreach_norm(weights))
        gradient = torch.stack(torch._foreach_norm(gradients))
        decay = group['weight_decay'] * weight
        rates = group['eta'] * weight / (gradient + decay + self.eps)
        return torch.where((weight != 0) & (gradient != 0), rates, 1.0)

    def _with_momentum(
        self, trained: list[Tensor], steps: list[Tensor], group: dict
    ) -> list[Tensor]:
        momentum = group['momentum']
        kept, added = [], []
        for p, step in zip(trained, steps):
            state = self.state[p]
            if 'momentum_buffer' in state:
                kept.append(state['momentum_buffer'])
                added.append(step)
            else:
                state['momentum_buffer'] = step.clone()
        if kept:
            torch._foreach_mul_(kept, momentum)
            torch._foreach_add_(kept, added, alpha=1 - group['dampening'])
        buffers = [self.state[p]['momentum_buffer'] for p in trained]
        if group['nesterov']:
            return list(torch._foreach_add(steps, buffers, alpha=momentum))
        return buffers
