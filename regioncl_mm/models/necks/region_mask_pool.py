"""Mask pooling as a neck."""

from __future__ import annotations

from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...regions import Region, pool_regions


@MODELS.register_module()
class RegionMaskPool(nn.Module):
    """Average pooling of a feature map outside and inside a rectangle.

    Takes the place of global average pooling for composite images (paper,
    section 3.2 and Figure 3); no parameters.
    """

    def forward(
        self, features: Tensor | tuple[Tensor, ...], region: Region
    ) -> tuple[Tensor, Tensor]:
        """Pool both regions.

        Args:
            features: (N, C, H, W) in cells, or a tuple of maps whose last
                item is pooled.
            region: The rectangle, in cells.

        Returns:
            Canvas and paste, each (N, C, 1, 1).
        """
        if isinstance(features, (tuple, list)):
            features = features[-1]
        return pool_regions(features, region)
