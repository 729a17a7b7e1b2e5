"""Contrastive losses as pure functions of unit-length features.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .contrast import Contrast
from .info_nce import info_nce


def unit(features: Tensor) -> Tensor:
    """Features scaled to length 1 along dim 1, in float32 at least."""
    dtype = torch.promote_types(features.dtype, torch.float32)
    return F.normalize(features.to(dtype), dim=1)


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
            [_in_type(contrast, dtype) for contrast in contrasts],
            queue.detach().to(dtype),
        )
    return [of_group.mean() for of_group in losses]


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


def _in_type(contrast: Contrast, dtype: torch.dtype) -> Contrast:
    rivals = contrast.rivals
    return contrast._replace(
        anchors=contrast.anchors.to(dtype),
        positives=contrast.positives.detach().to(dtype),
        rivals=rivals if rivals is None else rivals.detach().to(dtype),
    )


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
