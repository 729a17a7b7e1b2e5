"""InfoNCE against a queue in one pass, with the gradient formed on the way.

Keys carry no gradient, so that of an anchor is a weighted sum of keys, and
the weights are at hand while the loss is computed. Nothing of the size rows
times queue outlives a chunk, and the backward pass does not read the queue,
which may be overwritten meanwhile.

Shapes: M rows, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Logits held at a time: a share of a core's cache, or what fills a GPU.
_LOGITS_AT_A_TIME = dict(cpu=2**19, cuda=2**24)
_ROWS_AT_A_TIME = 1024
# Cosines are at most 1, and exp(60) summed over any queue is far below
# float32's largest number. Beyond it rows are shifted by their maximum.
_SAFE_SHARPNESS = 60.0


class Rows(NamedTuple):
    """What each row is contrasted with beside the queue.

    Attributes:
        anchors: (M, D) unit length; gradients reach them alone.
        positives: (M, D) unit length.
        sharpness: (M, 1) what similarities are multiplied with, 1 / tau.
        rivals: (M, D) one more negative a row, or None.
        has_rival: (M,) bool, rows in which the rival counts; None for all.
        own_column: (M,) the column of the queue that is no negative of a row,
            -1 where all are; None for all everywhere.
    """

    anchors: Tensor
    positives: Tensor
    sharpness: Tensor
    rivals: Tensor | None = None
    has_rival: Tensor | None = None
    own_column: Tensor | None = None

    def block(self, rows: slice) -> Rows:
        return Rows(*(t if t is None else t[rows] for t in self))


def info_nce(rows: Rows, queue: Tensor, sharpest: float) -> Tensor:
    """The loss of each row: -log softmax of its positive.

    There is no second derivative.

    Args:
        rows: All of one floating type.
        queue: (D, K) unit-length columns, of the same type.
        sharpest: The largest sharpness, known to the host.

    Returns:
        (M,) losses.
    """
    return _InfoNCE.apply(rows.anchors, rows, queue, sharpest)


class _InfoNCE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, anchors, rows, queue, sharpest):
        with_gradient = ctx.needs_input_grad[0]
        rows = rows._replace(anchors=anchors)
        shifted = sharpest > _SAFE_SHARPNESS
        # Rows do not meet each other: many go block by block.
        results = [
            _block(
                rows.block(slice(i, i + _ROWS_AT_A_TIME)),
                queue,
                shifted,
                with_gradient,
            )
            for i in range(0, len(anchors), _ROWS_AT_A_TIME)
        ]
        losses, gradients = zip(*results)
        if with_gradient:
            ctx.save_for_backward(torch.cat(gradients))
        return torch.cat(losses)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_losses):
        (gradients,) = ctx.saved_tensors
        return grad_losses.unsqueeze(1) * gradients, None, None, None


def _block(
    rows: Rows, queue: Tensor, shifted: bool, with_gradient: bool
) -> tuple[Tensor, Tensor | None]:
    """Losses (M,) and their gradients (M, D) with respect to the anchors."""
    scaled = rows.anchors * rows.sharpness
    positive = (scaled * rows.positives).sum(1, keepdim=True)
    # Beside the queue: each logit (M, 1) with the key (M, D) that it is of.
    single = [(positive, rows.positives)]
    if rows.rivals is not None:
        rival = (scaled * rows.rivals).sum(1, keepdim=True)
        if rows.has_rival is not None:
            absent = ~rows.has_rival.unsqueeze(1)
            rival = rival.masked_fill(absent, float('-inf'))
        single.append((rival, rows.rivals))

    shift = torch.zeros_like(positive)
    if shifted:
        largest = [logit for logit, _ in single]
        for logits, _ in _queue_logits(scaled, rows.own_column, queue):
            largest.append(logits.amax(1, keepdim=True))
        shift = torch.cat(largest, 1).amax(1, keepdim=True)

    # The sums of the softmax's weights, and of the keys times their weights.
    total = torch.zeros_like(positive)
    weighted = torch.zeros_like(scaled)
    for logit, keys in single:
        weight = (logit - shift).exp_()
        total += weight
        if with_gradient:
            weighted.addcmul_(weight, keys)
    for logits, keys in _queue_logits(scaled, rows.own_column, queue):
        weight = (logits.sub_(shift) if shifted else logits).exp_()
        total += weight.sum(1, keepdim=True)
        if with_gradient:
            weighted.addmm_(weight, keys.t())

    losses = (total.log() + shift - positive).squeeze(1)
    if not with_gradient:
        return losses, None
    return losses, (weighted / total - rows.positives) * rows.sharpness


def _queue_logits(scaled: Tensor, own_column: Tensor | None, queue: Tensor):
    """Logits (M, C) with the part of the queue (D, C) that they are of."""
    budget = _LOGITS_AT_A_TIME.get(queue.device.type, 2**24)
    width = max(1, budget // len(scaled))
    for start in range(0, queue.size(1), width):
        keys = queue[:, start : start + width]
        logits = scaled @ keys
        if own_column is not None:
            columns = torch.arange(keys.size(1), device=keys.device) + start
            own = own_column.unsqueeze(1) == columns
            logits.masked_fill_(own, float('-inf'))
        yield logits, keys
