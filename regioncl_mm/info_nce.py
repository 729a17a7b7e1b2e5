"""InfoNCE against a queue, a part of it at a time.

The gradient with respect to the anchors is formed in the forward pass, where
the weights are at hand while the loss is computed. Nothing of the size rows
times queue outlives a part, and the backward pass does not read the queue,
which may be overwritten meanwhile.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import Iterator, NamedTuple, Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Rows and keys whose logits are held at a time: a share of a core's cache, or
# what fills a GPU. Neither depends on the batch, and groups of rows are not
# joined: matrix products of the same shapes have the same bits, so that a
# group's gradient is the same whatever other groups it is with.
_CHUNK = dict(cpu=(512, 2048), cuda=(512, 65536))
# Cosines are at most 1, and exp(60) summed over any queue is far below
# float32's largest number. Below it rows are shifted by their maximum.
_SAFE_TEMPERATURE = 1 / 60


class Contrast(NamedTuple):
    """Rows of InfoNCE: who is attracted to what, and repelled by what else.

    Attributes:
        anchors: (N, D) features to train, unit length; gradients reach them
            alone.
        positives: (N, D) the key of each anchor, unit length.
        temperature: Divides every similarity.
        rivals: (N, D) a further negative for each anchor, unit length.
        has_rival: (N,) bool, rows in which the rival counts; None for all.
        own_column: (N,) the column of the queue that holds the anchor's own
            key and is no negative: for a "queue" of the batch's own keys.
    """

    anchors: Tensor
    positives: Tensor
    temperature: float
    rivals: Tensor | None = None
    has_rival: Tensor | None = None
    own_column: Tensor | None = None

    def part(self, rows: slice) -> Contrast:
        return Contrast(
            *(x[rows] if isinstance(x, Tensor) else x for x in self)
        )


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
                _Rows(contrast.part(slice(i, i + count)), with_gradient)
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


class _Rows:
    """Rows and the sums of their softmax, while the queue goes by.

    Args:
        rows: As many as logits are held of at a time.
        with_gradient: Whether to form it.
    """

    def __init__(self, rows: Contrast, with_gradient: bool):
        self.rows = rows
        self.with_gradient = with_gradient
        self.scaled = rows.anchors / rows.temperature
        self.positive = self._logit(rows.positives)
        # Beside the queue: each logit (N, 1) with the key (N, D) that it is
        # of.
        self.single = [(self.positive, rows.positives)]
        if rows.rivals is not None:
            rival = self._logit(rows.rivals)
            if rows.has_rival is not None:
                absent = ~rows.has_rival.unsqueeze(1)
                rival = rival.masked_fill(absent, float('-inf'))
            self.single.append((rival, rows.rivals))
        self.shifted = rows.temperature < _SAFE_TEMPERATURE
        if self.shifted:
            logits = torch.cat([logit for logit, _ in self.single], 1)
            self.shift = logits.amax(1, keepdim=True)
        # Of the weights (N, 1), and of the keys times their weights (N, D).
        self.total = torch.zeros_like(self.positive)
        self.weighted = torch.zeros_like(self.scaled)

    def look(self, start: int, keys: Tensor) -> None:
        """Shift by the largest logit, if it is among these."""
        largest = self._logits(start, keys).amax(1, keepdim=True)
        self.shift = torch.maximum(self.shift, largest)

    def add(self, start: int, keys: Tensor) -> None:
        """Take a part (D, C) of the queue into the sums."""
        weights = self._weights(self._logits(start, keys))
        self.total += weights.sum(1, keepdim=True)
        if self.with_gradient:
            self.weighted.addmm_(weights, keys.t())

    def finish(self) -> tuple[Tensor, Tensor | None]:
        """Losses (N,) and their gradients (N, D)."""
        positive = self.positive
        if self.shifted:
            positive = positive - self.shift
        for logit, keys in self.single:
            weight = self._weights(logit.clone())
            self.total += weight
            if self.with_gradient:
                self.weighted.addcmul_(weight, keys)
        losses = (self.total.log() - positive).squeeze(1)
        if not self.with_gradient:
            return losses, None
        gradient = self.weighted.div_(self.total).sub_(self.rows.positives)
        return losses, gradient.div_(self.rows.temperature)

    def _logit(self, keys: Tensor) -> Tensor:
        return (self.scaled * keys).sum(1, keepdim=True)

    def _logits(self, start: int, keys: Tensor) -> Tensor:
        logits = self.scaled @ keys
        if self.rows.own_column is not None:
            columns = torch.arange(keys.size(1), device=keys.device) + start
            own = self.rows.own_column.unsqueeze(1) == columns
            logits.masked_fill_(own, float('-inf'))
        return logits

    def _weights(self, logits: Tensor) -> Tensor:
        """In the place of the logits."""
        if self.shifted:
            logits = logits.sub_(self.shift)
        return logits.exp_()
