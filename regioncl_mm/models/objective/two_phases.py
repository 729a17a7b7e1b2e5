"""Half of a step's backward pass ahead of the other half."""

from __future__ import annotations

from functools import partial
from typing import Callable, Iterable

import torch
from torch import Tensor, nn


def gradient_ahead(
    loss: Tensor, parameters: Iterable[nn.Parameter]
) -> Callable[[], Tensor]:
    """Take a loss's gradient at once and free its graph.

    What the graph held is free for the forward pass of the next loss. The
    gradient waits, and joins that of the other losses in the step's one
    backward pass: hooks on parameters, such as those of distributed training,
    see a single gradient each, whose bits are those of one backward pass
    through both graphs wherever that adds no more than two numbers.

    Args:
        loss: A scalar.
        parameters: Those that it may depend on.

    Returns:
        Makes the loss, with a graph that holds its gradient and nothing else.
        Called after the other losses' forward pass, the gradient is the first
        thing of their backward pass, so that theirs is added to it layer by
        layer and does not pile up beside it.

    Raises:
        ValueError: Under float16 autocast, where the gradient would be taken
            without the loss's scale, and vanish.
    """
    half = torch.is_autocast_enabled() and (
        torch.get_autocast_gpu_dtype() == torch.float16
    )
    if half:
        raise ValueError(
            'two_phase=True cannot scale losses as float16 needs it; train '
            'in bfloat16 (`optim_wrapper.type=BFloat16OptimWrapper`) or set '
            'two_phase=False'
        )
    trained = [p for p in parameters if p.requires_grad]
    gradients = torch.autograd.grad(loss, trained, allow_unused=True)
    used = [(p, g) for p, g in zip(trained, gradients) if g is not None]
    return partial(
        _Waiting.apply,
        loss.detach(),
        [g for _, g in used],
        *[p for p, _ in used],
    )


class _Waiting(torch.autograd.Function):
    @staticmethod
    def forward(ctx, value, gradients, *parameters):
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    def backward(ctx, grad_value):
        gradients = [g.mul_(grad_value) for g in ctx.gradients]
        ctx.gradients = None
        return (None, None, *gradients)
