"""Contrastive losses as pure functions of unit-length features.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def contrast_with_queue(
    anchors: Tensor,
    positives: Tensor,
    queue: Tensor,
    temperature: float,
    rivals: Tensor | None = None,
    has_rival: Tensor | None = None,
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

    Returns:
        The mean over the rows, a scalar.
    """
    dtype = torch.promote_types(anchors.dtype, torch.float32)
    with torch.autocast(anchors.device.type, enabled=False):
        anchors, positives = anchors.to(dtype), positives.detach().to(dtype)
        logits = [
            (anchors * positives).sum(1, keepdim=True),
            anchors @ queue.detach().to(dtype),
        ]
        if rivals is not None:
            rival = (anchors * rivals.detach().to(dtype)).sum(1)
            if has_rival is not None:
                rival = rival.masked_fill(~has_rival, float('-inf'))
            logits.append(rival.unsqueeze(1))
        logits = torch.cat(logits, dim=1) / temperature
        target = logits.new_zeros(len(logits), dtype=torch.long)
        return F.cross_entropy(logits, target)
