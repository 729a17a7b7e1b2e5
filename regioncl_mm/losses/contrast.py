"""What is contrasted with what."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Contrast(NamedTuple):
    """Rows of InfoNCE: who is attracted to what, and repelled by what else.

    Shapes: N rows, D dimensions.

    Attributes:
        anchors: (N, D) features to train, unit length; gradients reach them
            alone.
        positives: (N, D) the key of each anchor, unit length.
        temperature: Divides every similarity.
        rivals: (N, D) a further negative for each anchor, or (N, R, D)
            several, unit length.
        has_rival: (N,) or (N, R) bool, where a rival counts; None for all.
        own_column: (N,) the column of the queue that holds the anchor's own
            key and is no negative: for a "queue" of the batch's own keys. Or
            (N, C), where an image has several keys there.
    """

    anchors: Tensor
    positives: Tensor
    temperature: float
    rivals: Tensor | None = None
    has_rival: Tensor | None = None
    own_column: Tensor | None = None

    def part(self, rows: slice) -> Contrast:
        """The same of some rows only."""
        return Contrast._make(
            x[rows] if isinstance(x, Tensor) else x for x in self
        )
