"""The region branch: composites through the encoder, pooled and projected."""

from __future__ import annotations

from typing import Callable

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...regions import (
    Region,
    erase_regions,
    image_grid,
    sample_region,
    swap_partners,
    swap_regions,
)
from .feature_map import feature_map
from .norm_of_means import norm_of_means
from .region_views import RegionViews


@MODELS.register_module()
class RegionBranch(nn.Module):
    """Swaps one rectangle within the batch and encodes both its sides.

    It has no parameters: the backbone and neck it is called with are those of
    the algorithm that holds it (paper, Figure 3 and Algorithm 1, line 3).

    Args:
        stride: Pixels a cell is wide, the backbone's downsampling ratio.
        min_cells: Shortest side of the rectangle, in cells (C_L).
        max_cells: Longest side, in cells, inclusive (C_U).
        swap: With False, the variant of A.4: the canvas view is the image
            with zeros in the rectangle, the paste view the rectangle cut out,
            each encoded by itself; every region then belongs to its own image.
        pool: Config of the pooling neck.
        composite_fraction: Make composites of this share of the batch only,
            the first images; at 0.5 each image of an even batch still appears
            once, as canvas or as paste. Less than 1 makes a step cheaper and
            is not the paper's method.

    Raises:
        ValueError: If the sides make no rectangle, or the share is none.
    """

    def __init__(
        self,
        stride: int = 32,
        min_cells: int = 3,
        max_cells: int = 5,
        swap: bool = True,
        pool: dict = dict(type='mmpretrain.RegionMaskPool'),
        composite_fraction: float = 1.0,
    ):
        super().__init__()
        if stride < 1:
            raise ValueError(f'`stride` must be at least 1, got {stride}')
        if not 1 <= min_cells <= max_cells:
            raise ValueError(
                'expected 1 <= min_cells <= max_cells, got '
                f'min_cells={min_cells}, max_cells={max_cells}'
            )
        if not 0 < composite_fraction <= 1:
            raise ValueError(
                '`composite_fraction` is a share of the batch, above 0 and at '
                f'most 1, got {composite_fraction}'
            )
        self.composite_fraction = composite_fraction
        self.stride = stride
        self.min_cells = min_cells
        self.max_cells = max_cells
        self.swap = swap
        self.pool = MODELS.build(pool)

    def extra_repr(self) -> str:
        return (
            f'stride={self.stride}, min_cells={self.min_cells}, '
            f'max_cells={self.max_cells}, swap={self.swap}, '
            f'composite_fraction={self.composite_fraction}'
        )

    def draw(self, images: Tensor) -> tuple[Region, Tensor]:
        """A rectangle and the partners for ``images`` (N, C, H, W).

        Raises:
            ValueError: If the batch is a single image, a side is no multiple
                of the stride, or the rectangle may leave no canvas.
        """
        region = sample_region(
            image_grid(images, self.stride), self.min_cells, self.max_cells
        )
        partner = swap_partners(len(images), images.device)
        if not self.swap:
            partner = torch.arange(len(images), device=images.device)
        return region, partner

    def num_composites(self, num_images: int) -> int:
        """How many composites are made of so many images."""
        return max(1, round(self.composite_fraction * num_images))

    def forward(
        self,
        images: Tensor,
        backbone: Callable[[Tensor], tuple],
        neck: Callable[[tuple], tuple],
    ) -> RegionViews:
        """Encode the two regions of a batch.

        Args:
            images: (N, C, H, W), augmented query views.
            backbone: Returns a tuple whose last item is a feature map of
                ``H / stride`` x ``W / stride`` cells.
            neck: The algorithm's projector. It gets a 1 x 1 map, which its
                average pooling leaves as it is.

        Raises:
            ValueError: As :meth:`draw`, and if the feature map has another
                grid than the image.
        """
        views = self.encode(images, backbone)
        # One batch through the projector, as in Figure 5.
        projected = neck((torch.cat((views.canvas, views.paste)),))[0]
        return views.replaced(*projected.chunk(2))

    def encode(
        self, images: Tensor, backbone: Callable[[Tensor], tuple]
    ) -> RegionViews:
        """The two regions pooled and not yet projected, each (N, C, 1, 1).

        They are what the backbone would make of images, a norm of the mean
        included.

        Arguments and errors are those of :meth:`forward`.
        """
        region, partner = self.draw(images)
        rows = self.num_composites(len(images))
        if self.swap:
            composite = swap_regions(images, region, self.stride, partner)
            canvas, paste = self.pool(
                feature_map(composite[:rows], backbone, self.stride), region
            )
        else:
            images = images[:rows]
            erased = erase_regions(images, region, self.stride)
            canvas, _ = self.pool(
                feature_map(erased, backbone, self.stride), region
            )
            cut = images[(..., *region.slices(self.stride))]
            paste = feature_map(cut, backbone, self.stride).mean((2, 3), True)
        norm = norm_of_means(backbone)
        return RegionViews(norm(canvas), norm(paste), partner[:rows], region)
