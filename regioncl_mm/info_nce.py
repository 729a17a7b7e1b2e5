"""InfoNCE against a queue in one pass, with the gradient formed on the way.

Keys carry no gradient, so that of an anchor is a weighted sum of keys, and
the weights are at hand while the loss is computed. Nothing of the size rows
times queue outlives a chunk, and the backward pass does not read the queue,
which may be overwritten meanwhile.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Rows and keys whose logits are held at a time: a share of a core's cache, or
# what fills a GPU. Neither depends on the batch, so that a row's sums have the
# same bits whatever rows it is with.
_CHUNK = dict(cpu=(512, 2048), cuda=(1024, 16384))
# Cosines are at most 1, and exp(60) summed over any queue is far below
# float32's largest number. Below it rows are shifted by their maximum.
_SAFE_TEMPERATURE = 1 / 60


class Contrast(NamedTuple):
    """Rows of InfoNCE: who is attracted to what, and repelled by what else.

    Attributes:
        anchors: (N, D) features to train, unit length; gradients reach them
            alone.
        positives: (N, D) the key of each anchor, unit length.
        temperature: Divides every similarity; a number, or (N, 1).
        rivals: (N, D) a further negative for each anchor, unit length.
        has_rival: (N,) bool, rows in which the rival counts; None for all.
        own_column: (N,) the column of the queue that holds the anchor's own
            key and is no negative, -1 for none: for a "queue" of the batch's
            own keys.
    """

    anchors: Tensor
    positives: Tensor
    temperature: float | Tensor
    rivals: Tensor | None = None
    has_rival: Tensor | None = None
    own_column: Tensor | None = None


def info_nce(rows: Contrast, queue: Tensor, lowest: float) -> Tensor:
    """The loss of each row: -log softmax of its positive.

    There is no second derivative.

    Args:
        rows: All of one floating type, with a temperature each.
        queue: (D, K) unit-length columns, of the same type.
        lowest: The lowest temperature, known to the host.

    Returns:
        (N,) losses.
    """
    return _InfoNCE.apply(rows.anchors, rows, queue, lowest)


class _InfoNCE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, anchors, rows, queue, lowest):
        with_gradient = ctx.needs_input_grad[0]
        rows = rows._replace(anchors=anchors)
        shifted = lowest < _SAFE_TEMPERATURE
        count, _ = _chunk(queue)
        # Rows do not meet each other: many go block by block.
        results = [
            _block(
                _part(rows, slice(i, i + count)),
                queue,
                shifted,
                with_gradient,
            )
            for i in range(0, len(anchors), count)
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


def _chunk(queue: Tensor) -> tuple[int, int]:
    return _CHUNK.get(queue.device.type, _CHUNK['cuda'])


def _part(rows: Contrast, chosen: slice) -> Contrast:
    return Contrast(*(t if t is None else t[chosen] for t in rows))


def _block(
    rows: Contrast, queue: Tensor, shifted: bool, with_gradient: bool
) -> tuple[Tensor, Tensor | None]:
    """Losses (N,) and their gradients (N, D) with respect to the anchors."""
    scaled = rows.anchors / rows.temperature
    positive = (scaled * rows.positives).sum(1, keepdim=True)
    # Beside the queue: each logit (N, 1) with the key (N, D) that it is of.
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
    return losses, (weighted / total - rows.positives) / rows.temperature


def _queue_logits(scaled: Tensor, own_column: Tensor | None, queue: Tensor):
    """Logits (N, C) with the part of the queue (D, C) that they are of."""
    _, width = _chunk(queue)
    for start in range(0, queue.size(1), width):
        keys = queue[:, start : start + width]
        logits = scaled @ keys
        if own_column is not None:
            columns = torch.arange(keys.size(1), device=keys.device) + start
            own = own_column.unsqueeze(1) == columns
            logits.masked_fill_(own, float('-inf'))
        yield logits, keys
