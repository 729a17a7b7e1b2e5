"""InfoNCE against a queue, a part of it at a time.

The gradient with respect to the anchors is formed in the forward pass, where
the weights are at hand while the loss is computed. Nothing of the size rows
times queue outlives a part, and the backward pass does not read the queue,
which may be overwritten meanwhile.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import Iterator, Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .contrast import Contrast
from .running_softmax import RunningSoftmax

# Rows and keys whose logits are held at a time: a share of a core's cache, or
# what fills a GPU. Neither depends on the batch, and groups of rows are not
# joined: matrix products of the same shapes have the same bits, so that a
# group's gradient is the same whatever other groups it is with.
_CHUNK = dict(cpu=(512, 2048), cuda=(512, 65536))


def info_nce(
    contrasts: Sequence[Contrast], queue: Tensor
) -> tuple[Tensor, ...]:
    """The loss of each row: -log softmax of its positive.

    All contrasts are taken in one pass of the queue. There is no second
    derivative.

    Args:
        contrasts: All of one floating type.
        queue: (D, K) unit-length columns, of the same type.

    Returns:
        (N,) losses of each contrast.
    """
    return _InfoNCE.apply(contrasts, queue, *(c.anchors for c in contrasts))


class _InfoNCE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, contrasts, queue, *anchors):
        count, _ = _chunk(queue)
        groups = [
            [
                RunningSoftmax(
                    contrast.part(slice(i, i + count)), with_gradient
                )
                for i in range(0, len(contrast.anchors), count)
            ]
            for contrast, with_gradient in zip(
                contrasts, ctx.needs_input_grad[2:]
            )
        ]
        rows = [part for group in groups for part in group]
        shifted = [part for part in rows if part.shifted]
        if shifted:
            for start, keys in _parts_of(queue):
                for part in shifted:
                    part.look(start, keys)
        for start, keys in _parts_of(queue):
            for part in rows:
                part.add(start, keys)
        losses, gradients = [], []
        for group in groups:
            found = [part.finish() for part in group]
            losses.append(torch.cat([loss for loss, _ in found]))
            of_group = [gradient for _, gradient in found]
            gradients.append(
                None if of_group[0] is None else torch.cat(of_group)
            )
        ctx.save_for_backward(*gradients)
        return tuple(losses)

    @staticmethod
    @once_differentiable
    def backward(ctx, *grad_losses):
        of_anchors = [
            None if gradient is None else grad.unsqueeze(1) * gradient
            for grad, gradient in zip(grad_losses, ctx.saved_tensors)
        ]
        return None, None, *of_anchors


def _chunk(queue: Tensor) -> tuple[int, int]:
    return _CHUNK.get(queue.device.type, _CHUNK['cuda'])


def _parts_of(queue: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Parts (D, C) of the queue with their first column."""
    _, width = _chunk(queue)
    for start in range(0, queue.size(1), width):
        yield start, queue[:, start : start + width]
