"""SGD in one pass over the weights, where torch has that."""

from __future__ import annotations

from functools import lru_cache
from typing import Sequence

import torch
from mmpretrain.registry import OPTIMIZERS
from torch import Tensor, nn
from torch.optim import SGD


@OPTIMIZERS.register_module()
class FusedSGD(SGD):
    """:class:`torch.optim.SGD`, on a CPU with ``fused=True`` where it can be.

    Weights, gradients and momentum are then read once a step and not by four
    operations in turn. Updates are the same but for rounding, and so is
    ``state_dict``: this and torch's SGD go on with each other's checkpoints.
    torch can since 2.4; before, for weights on other devices, and in a step
    that cannot be fused, this is its SGD as it comes.

    Takes the arguments of :class:`torch.optim.SGD`; ``foreach``,
    ``differentiable`` or ``fused`` among them is taken as it is.
    """

    # A checkpoint of either is gone on with by the other.
    state_of = SGD

    def _init_group(
        self,
        group: dict,
        params: list[Tensor],
        grads: list[Tensor],
        momenta: list[Tensor | None],
    ) -> bool:
        """Collect what a step updates, as torch's SGD has it done.

        A CPU's fused step goes through the memory of all three side by side
        and looks at no stride: momentum of weights that became channels last
        would be added to other weights. So gradients and momenta are stored
        here as their weights are.
        """
        if self._chooses:
            # Not False, by which a GPU's faster way would be left, too.
            group['fused'] = None
        is_sparse = super()._init_group(group, params, grads, momenta)
        if self._chooses and _can_be_fused(params, grads, momenta):
            group['fused'] = True
        if group.get('fused'):
            _refuse_other_shapes(params, grads, momenta)
            grads[:] = [_lying_like(p, x) for p, x in zip(params, grads)]
            momenta[:] = [
                x if x is None else _lying_like(p, x)
                for p, x in zip(params, momenta)
            ]
        return is_sparse

    def state_dict(self) -> dict:
        """The state, which leaves the way of a step to who goes on with it."""
        state = super().state_dict()
        if self._chooses:
            for group in state['param_groups']:
                group['fused'] = None
        return state

    @property
    def _chooses(self) -> bool:
        """Whether the caller left it open how a step is made."""
        return _is_fusible() and not (
            self.defaults['differentiable']
            or {self.defaults['foreach'], self.defaults['fused']} - {None}
        )


def _can_be_fused(
    params: list[Tensor], grads: list[Tensor], momenta: list[Tensor | None]
) -> bool:
    return (
        all(
            p.device.type == 'cpu' and p.is_floating_point() and _is_dense(p)
            for p in params
        )
        and not any(x.is_sparse for x in grads)
        # torch begins all momenta of a step, or none.
        and len({x is None for x in momenta}) < 2
    )


def _refuse_other_shapes(
    params: list[Tensor], grads: list[Tensor], momenta: list[Tensor | None]
) -> None:
    """Stop before torch goes beyond the memory of a tensor.

    Raises:
        ValueError: If a gradient or momentum has another shape than its
            weight.
    """
    kept: dict[str, Sequence[Tensor | None]] = dict(
        gradient=grads, momentum=momenta
    )
    for name, tensors in kept.items():
        for p, tensor in zip(params, tensors):
            if tensor is not None and tensor.shape != p.shape:
                raise ValueError(
                    f'a weight of shape {tuple(p.shape)} has a {name} of '
                    f'shape {tuple(tensor.shape)}; the state that FusedSGD '
                    'was given is of another model, begin without it'
                )


def _is_dense(p: Tensor) -> bool:
    """Whether its memory is its own alone, whatever its layout."""
    return p.is_contiguous() or _lies_like(p, torch.empty_like(p))


def _lying_like(p: Tensor, tensor: Tensor) -> Tensor:
    """A tensor, or its copy with the strides of a parameter."""
    return (
        tensor if _lies_like(p, tensor) else torch.empty_like(p).copy_(tensor)
    )


def _lies_like(p: Tensor, tensor: Tensor) -> bool:
    """Whether tensors of one shape have their values in the same order."""
    return p.stride() == tensor.stride() or _steps(p) == _steps(tensor)


def _steps(tensor: Tensor) -> list[int]:
    return [
        step for step, size in zip(tensor.stride(), tensor.shape) if size > 1
    ]


@lru_cache(maxsize=None)
def _is_fusible() -> bool:
    """Whether this torch's SGD is fused on CPUs."""
    try:
        SGD([nn.Parameter(torch.zeros(1))], lr=1.0, fused=True)  # type: ignore[call-arg]
    except (TypeError, RuntimeError):
        return False
    return True
