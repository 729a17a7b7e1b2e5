"""Composites and their regions with masks of ones and zeros.

What the references of the benchmarks pool, by no part of the library.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from ..regions import Region


def masked_means(features: Tensor, region: Region) -> list[Tensor]:
    """Canvas and paste (N, C, 1, 1), by a mask of the map's own size."""
    mask = torch.zeros_like(features)
    mask[
        :,
        :,
        region.top : region.top + region.height,
        region.left : region.left + region.width,
    ] = 1
    return [
        (features * part).sum((2, 3), True) / part.sum((2, 3), True)
        for part in (1 - mask, mask)
    ]


def composites(
    images: Tensor, region: Region, partner: Tensor, stride: int
) -> Tensor:
    """Images (N, C, H, W), each with the rectangle of its partner."""
    rows = slice(region.top * stride, (region.top + region.height) * stride)
    columns = slice(
        region.left * stride, (region.left + region.width) * stride
    )
    mixed = images.clone()
    mixed[:, :, rows, columns] = images[partner][:, :, rows, columns]
    return mixed


def regions_of(
    model: nn.Module, images: Tensor, region: Region, partner: Tensor
) -> list[Tensor]:
    """Canvas and paste projected, unit length (N, D)."""
    mixed = composites(images, region, partner, model.region_branch.stride)
    features = model.backbone(mixed)[-1]
    # The projectors of M and D have no batch norm: two calls or one.
    return [
        normalize(model.neck((pooled,))[0], dim=1)
        for pooled in masked_means(features, region)
    ]
