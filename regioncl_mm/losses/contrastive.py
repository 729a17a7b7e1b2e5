"""InfoNCE of groups of rows against one queue.

Shapes: N rows, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor

from .chunked_info_nce import info_nce
from .contrast import Contrast


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
