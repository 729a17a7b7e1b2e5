"""Features made ready for a contrast.

Shapes: N images or rows, D dimensions.
"""

from __future__ import annotations

from typing import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def unit(features: Tensor) -> Tensor:
    """Features scaled to length 1 along dim 1, in float32 at least."""
    dtype = torch.promote_types(features.dtype, torch.float32)
    return F.normalize(features.to(dtype), dim=1)


def in_float32(loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A loss of features in float32 at least, also under autocast."""

    def of_features(*features: Tensor) -> Tensor:
        dtype = torch.promote_types(features[0].dtype, torch.float32)
        with torch.autocast(features[0].device.type, enabled=False):
            return loss(*(x.to(dtype) for x in features))

    return of_features


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
