"""A backbone's feature map, of convolutional networks and transformers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator

from torch import Tensor

from ...regions import image_grid


def feature_map(
    images: Tensor, backbone: Callable[[Tensor], tuple], stride: int
) -> Tensor:
    """The last feature map of a backbone, one position a cell of the image.

    Args:
        images: (N, C, H, W).
        backbone: Returns a tuple whose last item is the map.
        stride: Pixels a cell is wide.

    Returns:
        (N, C', H / stride, W / stride).

    Raises:
        ValueError: If the backbone returns no map, or one of another grid.
    """
    with _patch_tokens_as_map(backbone):
        features = backbone(images)[-1]
    if features.dim() != 4:
        raise ValueError(
            f'the backbone returns features of shape '
            f'{tuple(features.shape)}, but regions are pooled from a '
            'feature map (N, C, H, W); have it return one (of '
            'mmpretrain, ConvNeXt with `gap_before_final_norm=False`)'
        )
    grid, expected = features.shape[2:], image_grid(images, stride)
    if tuple(grid) != expected:
        raise ValueError(
            f'the backbone returns {grid[0]}x{grid[1]} '
            f'cells for {images.shape[2]}x{images.shape[3]} images, but '
            f'stride={stride} makes {expected[0]}x{expected[1]}; set '
            "`region_branch.stride` to the backbone's downsampling ratio"
        )
    return features


@contextmanager
def _patch_tokens_as_map(backbone: Any) -> Iterator[None]:
    """Within this context a vision transformer returns a map of its patches.

    mmpretrain's return their class token or a mean otherwise.
    """
    out_type = getattr(backbone, 'out_type', None)
    if out_type is None:
        yield
        return
    backbone.out_type = 'featmap'
    try:
        yield
    finally:
        backbone.out_type = out_type
