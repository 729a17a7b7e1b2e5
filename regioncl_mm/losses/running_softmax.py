"""A softmax over keys that come part by part, and its gradient."""

from __future__ import annotations

from typing import Iterator

import torch
from torch import Tensor

from .contrast import Contrast

# Cosines are at most 1, and exp(60) summed over any queue is far below
# float32's largest number. Below it rows are shifted by their maximum.
_SAFE_TEMPERATURE = 1 / 60


class RunningSoftmax:
    """The sums of each row's softmax: :meth:`look` at every part of the queue
    if ``shifted``, then :meth:`add` every part, then :meth:`finish`.

    Shapes: N rows, D dimensions, C keys of a part.

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
        for rivals, present in _rivals(rows):
            logit = self._logit(rivals)
            if present is not None:
                absent = ~present.unsqueeze(1)
                logit = logit.masked_fill(absent, float('-inf'))
            self.single.append((logit, rivals))
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
            own = self.rows.own_column.view(len(logits), -1, 1) == columns
            logits.masked_fill_(own.any(1), float('-inf'))
        return logits

    def _weights(self, logits: Tensor) -> Tensor:
        """In the place of the logits."""
        if self.shifted:
            logits = logits.sub_(self.shift)
        return logits.exp_()


def _rivals(rows: Contrast) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Each further negative (N, D), and in which rows (N,) it counts."""
    rivals, present = rows.rivals, rows.has_rival
    if rivals is None:
        return
    if rivals.dim() == 2:
        rivals = rivals.unsqueeze(1)
    for i, rival in enumerate(rivals.unbind(1)):
        if present is not None and present.dim() == 2:
            yield rival, present[:, i]
        else:
            yield rival, present
