"""Contrastive losses as pure functions of unit-length features.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .info_nce import Rows, info_nce


def unit(features: Tensor) -> Tensor:
    """Features scaled to length 1 along dim 1, in float32 at least."""
    dtype = torch.promote_types(features.dtype, torch.float32)
    return F.normalize(features.to(dtype), dim=1)


class Contrast(NamedTuple):
    """Rows of InfoNCE: who is attracted to what, and repelled by what else.

    Attributes:
        anchors: (N, D) features to train, unit length.
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


def contrast_all(contrasts: Sequence[Contrast], queue: Tensor) -> list[Tensor]:
    """InfoNCE of several groups of rows against one queue, in one pass of it.

    Without rivals this is Eq. 1 of the paper, with them each line of Eq. 2.
    Only anchors receive a gradient, and it is formed here: the queue may
    change before the backward pass. Outside float64 all is computed in
    float32, also under autocast: bfloat16 steps by 0.016 at a logit of 3.

    Args:
        contrasts: The groups.
        queue: (D, K) negatives, unit-length columns.

    Returns:
        For each group the mean over its rows, a scalar.
    """
    dtype = torch.promote_types(contrasts[0].anchors.dtype, torch.float32)
    with torch.autocast(queue.device.type, enabled=False):
        losses = info_nce(
            _joined(contrasts, dtype),
            queue.detach().to(dtype),
            sharpest=max(1 / c.temperature for c in contrasts),
        )
    groups = losses.split([len(c.anchors) for c in contrasts])
    return [group.mean() for group in groups]


def contrast_with_queue(
    anchors: Tensor,
    positives: Tensor,
    queue: Tensor,
    temperature: float,
    rivals: Tensor | None = None,
    has_rival: Tensor | None = None,
    own_column: Tensor | None = None,
) -> Tensor:
    """:func:`contrast_all` of a single :class:`Contrast`; a scalar."""
    contrast = Contrast(
        anchors, positives, temperature, rivals, has_rival, own_column
    )
    return contrast_all([contrast], queue)[0]


def _joined(contrasts: Sequence[Contrast], dtype: torch.dtype) -> Rows:
    """All rows, one group after the other."""
    if any(c.rivals is not None for c in contrasts):
        contrasts = [_with_rivals(c) for c in contrasts]

    def join(name: str, default: float | None = None) -> Tensor | None:
        parts = [getattr(c, name) for c in contrasts]
        if all(part is None for part in parts):
            return None
        return torch.cat(
            [
                c.positives.new_full((len(c.positives),), default)
                if part is None
                else part
                for c, part in zip(contrasts, parts)
            ]
        )

    anchors = torch.cat([c.anchors.to(dtype) for c in contrasts])
    with torch.no_grad():
        rivals = join('rivals')
        own_column = join('own_column', -1)
        return Rows(
            anchors,
            join('positives').to(dtype),
            torch.cat(
                [
                    anchors.new_full((len(c.anchors), 1), 1 / c.temperature)
                    for c in contrasts
                ]
            ),
            rivals if rivals is None else rivals.to(dtype),
            join('has_rival'),
            own_column if own_column is None else own_column.long(),
        )


def _with_rivals(contrast: Contrast) -> Contrast:
    """The same with rivals that do not count, if it has none."""
    rows = torch.ones_like(contrast.anchors[:, 0], dtype=torch.bool)
    if contrast.rivals is None:
        return contrast._replace(rivals=contrast.positives, has_rival=~rows)
    if contrast.has_rival is None:
        return contrast._replace(has_rival=rows)
    return contrast


def match_cells(
    q_map: Tensor, k_map: Tensor, q_cells: Tensor, k_cells: Tensor
) -> tuple[Tensor, Tensor]:
    """Pair every query cell with a key cell of the same image (DenseCL, 3.3).

    Cells are matched by their backbone features, and what is paired are their
    projections. S cells an image; all features of unit length along dim 1.

    Args:
        q_map: (N, C, S) backbone features of the query view.
        k_map: (N, C, S) of the key view.
        q_cells: (N, D, S) projections of the query view.
        k_cells: (N, D, S) of the key view.

    Returns:
        Anchors and their positives, both (N * S, D).
    """
    with torch.no_grad(), torch.autocast(q_map.device.type, enabled=False):
        best = (q_map.transpose(1, 2) @ k_map).argmax(2, keepdim=True)
    positives = k_cells.transpose(1, 2)
    positives = positives.gather(1, best.expand(-1, -1, positives.size(2)))
    return q_cells.transpose(1, 2).flatten(0, 1), positives.flatten(0, 1)
