"""SGD in one pass over the weights, where torch has that."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Iterable

import torch
from mmpretrain.registry import OPTIMIZERS
from torch import Tensor, nn
from torch.optim import SGD


@OPTIMIZERS.register_module()
class FusedSGD(SGD):
    """:class:`torch.optim.SGD`, on a CPU with ``fused=True`` where it can be.

    Weights, gradients and momentum are then read once a step and not by four
    operations in turn. Updates are the same but for rounding, and so is
    ``state_dict``. torch can since 2.4; before, and for weights on other
    devices, this is its SGD as it comes.

    Takes the arguments of :class:`torch.optim.SGD`; ``foreach``,
    ``differentiable`` or ``fused`` among them is taken as it is.
    """

    # A checkpoint of either is gone on with by the other.
    state_of = SGD

    def __init__(self, params: Iterable[Any], **arguments: Any):
        super().__init__(params, **arguments)
        self.register_step_pre_hook(_bring_into_layout)
        chosen = {'foreach', 'differentiable', 'fused'} & arguments.keys()
        if not chosen and _is_fusible():
            for group in self.param_groups:
                # Else as it was: torch takes None as its own choice, and on a
                # GPU False as one against the faster way, too.
                if all(
                    p.device.type == 'cpu' and p.is_floating_point()
                    for p in group['params']
                ):
                    group['fused'] = True

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        if _bring_into_layout not in self._optimizer_step_pre_hooks.values():
            self.register_step_pre_hook(_bring_into_layout)  # of a copy

    def load_state_dict(self, state_dict: dict) -> None:
        """Take the state, of this or of torch's SGD, and fuse as before."""
        fused = [group.get('fused') for group in self.param_groups]
        super().load_state_dict(state_dict)
        for group, value in zip(self.param_groups, fused):
            group['fused'] = value


def _bring_into_layout(optimizer: SGD, *_: Any) -> None:
    """Store gradients and momenta as their weights are stored.

    A CPU's fused step goes through the memory of all three side by side and
    looks at no stride: momentum of weights that became channels last would be
    added to other weights.
    """
    for group in optimizer.param_groups:
        if group.get('fused'):
            for p in group['params']:
                if p.grad is not None:
                    p.grad = _lying_like(p, p.grad)
                    state = optimizer.state.get(p, {})
                    momentum = state.get('momentum_buffer')
                    if momentum is not None:
                        state['momentum_buffer'] = _lying_like(p, momentum)


def _lying_like(p: Tensor, tensor: Tensor) -> Tensor:
    """A tensor, or its copy with the strides of a parameter."""
    ours, theirs = (
        [step for step, size in zip(x.stride(), x.shape) if size > 1]
        for x in (p, tensor)
    )
    return tensor if ours == theirs else torch.empty_like(p).copy_(tensor)


@lru_cache(maxsize=None)
def _is_fusible() -> bool:
    """Whether this torch's SGD is fused on CPUs."""
    try:
        SGD([nn.Parameter(torch.zeros(1))], lr=1.0, fused=True)  # type: ignore[call-arg]
    except (TypeError, RuntimeError):
        return False
    return True
