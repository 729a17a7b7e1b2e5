"""Crops of a batch, each of its own size, brought to one size."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def resized_crops(
    images: Tensor, crops: np.ndarray, size: tuple[int, int], antialias: bool
) -> Tensor:
    """Crop each image and resize it by bilinear interpolation.

    Rows and then columns are weighted sums of the image's, two products of
    matrices for the whole batch.

    Args:
        images: (N, C, H, W) in floating point.
        crops: (N, 4) top, left, height and width in pixels.
        size: Height and width of the result.
        antialias: Average over all pixels that become one, as Pillow does;
            OpenCV looks at the nearest two however many there are. They
            differ where crops shrink.

    Returns:
        (N, C, *size).
    """
    # In float32: pixels are counted in whole numbers far below its limits.
    top, left, height, width = torch.from_numpy(crops.T).float()
    rows = _weights(top, height, size[0], images.size(2), antialias)
    columns = _weights(left, width, size[1], images.size(3), antialias)
    return rows.unsqueeze(1) @ images @ columns.unsqueeze(1).mT


def _weights(
    start: Tensor, length: Tensor, count: int, pixels: int, antialias: bool
) -> Tensor:
    """Each result's weights over the pixels of a side, (N, count, pixels)."""
    scale = (length / count).view(-1, 1, 1)
    centres = (torch.arange(count).view(-1, 1) + 0.5) * scale - 0.5
    position = torch.arange(pixels) - start.view(-1, 1, 1)
    reach = scale.clamp(min=1) if antialias else 1.0
    weights = (1 - (centres - position).abs() / reach).clamp(min=0)
    # What is outside of the crop does not count: its edge goes on.
    weights *= (position >= 0) & (position < length.view(-1, 1, 1))
    return weights / weights.sum(2, keepdim=True)
