"""Contrastive losses as pure functions of unit-length features.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def unit(features: Tensor) -> Tensor:
    """Features scaled to length 1 along dim 1, in float32 at least."""
    dtype = torch.promote_types(features.dtype, torch.float32)
    return F.normalize(features.to(dtype), dim=1)


def contrast_with_queue(
    anchors: Tensor,
    positives: Tensor,
    queue: Tensor,
    temperature: float,
    rivals: Tensor | None = None,
    has_rival: Tensor | None = None,
    own_column: Tensor | None = None,
) -> Tensor:
    """InfoNCE against a queue, with one more negative a row on request.

    Without ``rivals`` this is Eq. 1 of the paper, with them each line of
    Eq. 2. Only ``anchors`` receive a gradient. Outside float64 it is computed
    in float32, also under autocast: bfloat16 steps by 0.016 at a logit of 3.

    Args:
        anchors: (N, D) features to train, unit length.
        positives: (N, D) the key of each anchor, unit length.
        queue: (D, K) negatives, unit-length columns.
        temperature: Divides every similarity.
        rivals: (N, D) a further negative for each anchor, unit length.
        has_rival: (N,) bool, rows in which the rival counts. Defaults to all.
        own_column: (N,) the column of ``queue`` that holds the anchor's own
            key and is no negative: for a "queue" of the batch's own keys.

    Returns:
        The mean over the rows, a scalar.
    """
    dtype = torch.promote_types(anchors.dtype, torch.float32)
    with torch.autocast(anchors.device.type, enabled=False):
        anchors, positives = anchors.to(dtype), positives.detach().to(dtype)
        negatives = anchors @ queue.detach().to(dtype)
        if own_column is not None:
            negatives = negatives.scatter(
                1, own_column.unsqueeze(1), float('-inf')
            )
        logits = [(anchors * positives).sum(1, keepdim=True), negatives]
        if rivals is not None:
            rival = (anchors * rivals.detach().to(dtype)).sum(1)
            if has_rival is not None:
                rival = rival.masked_fill(~has_rival, float('-inf'))
            logits.append(rival.unsqueeze(1))
        logits = torch.cat(logits, dim=1) / temperature
        target = logits.new_zeros(len(logits), dtype=torch.long)
        return F.cross_entropy(logits, target)


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
