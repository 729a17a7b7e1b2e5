"""The region branch: composites through the encoder, pooled and projected."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Callable, NamedTuple

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ..regions import (
    Region,
    erase_regions,
    image_grid,
    sample_region,
    swap_partners,
    swap_regions,
)


class RegionViews(NamedTuple):
    """Features of regions, row i from composite image i, not normalised.

    Attributes:
        canvas: Of image i: projected (N, D), or just pooled (N, C, 1, 1).
        paste: Of image ``partner[i]``, likewise.
        partner: (N,), where the paste view of each row comes from.
        region: The rectangle, in cells.
    """

    canvas: Tensor
    paste: Tensor
    partner: Tensor
    region: Region

    def replaced(self, canvas: Tensor, paste: Tensor) -> RegionViews:
        """Other features of the same regions."""
        return self._replace(canvas=canvas, paste=paste)

    def detach(self) -> RegionViews:
        """The same views without their graph."""
        return self.replaced(self.canvas.detach(), self.paste.detach())


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
            once, as canvas or as paste. This and the next two make a step
            cheaper and are not the paper's method.
        composite_every: Make composites in every n-th step only; the others
            have no region loss.
        composite_size: Shrink composites to squares of so many pixels, a
            multiple of the stride. The rectangle's sides shrink with them: 3
            to 5 of 7 cells become 2 to 4 of 5, and 2 to 3 of 4.

    Raises:
        ValueError: If the sides make no rectangle, or one of the last three
            is out of its range.
    """

    def __init__(
        self,
        stride: int = 32,
        min_cells: int = 3,
        max_cells: int = 5,
        swap: bool = True,
        pool: dict = dict(type='RegionMaskPool'),
        composite_fraction: float = 1.0,
        composite_every: int = 1,
        composite_size: int | None = None,
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
        if composite_every < 1:
            raise ValueError(
                f'`composite_every` must be at least 1, got {composite_every}'
            )
        if composite_size is not None and (
            composite_size < 2 * stride or composite_size % stride
        ):
            raise ValueError(
                f'`composite_size` must be a multiple of the stride {stride}, '
                f'and at least two cells, got {composite_size}'
            )
        self.composite_fraction = composite_fraction
        self.composite_every = composite_every
        self.composite_size = composite_size
        self._steps = 0
        self.stride = stride
        self.min_cells = min_cells
        self.max_cells = max_cells
        self.swap = swap
        self.pool = MODELS.build(pool)

    def extra_repr(self) -> str:
        return (
            f'stride={self.stride}, min_cells={self.min_cells}, '
            f'max_cells={self.max_cells}, swap={self.swap}, '
            f'composite_fraction={self.composite_fraction}, '
            f'composite_every={self.composite_every}, '
            f'composite_size={self.composite_size}'
        )

    def next_step(self) -> bool:
        """Count a step; whether it is one with composites."""
        self._steps += 1
        return self._steps % self.composite_every == 0

    def draw(self, images: Tensor) -> tuple[Region, Tensor]:
        """A rectangle and the partners for ``images`` (N, C, H, W).

        The rectangle is counted in the cells of the composites.

        Raises:
            ValueError: If the batch is a single image, a side is no multiple
                of the stride, or the rectangle may leave no canvas.
        """
        grid, cells = (
            image_grid(images, self.stride),
            (self.min_cells, self.max_cells),
        )
        if self.composite_size is not None:
            side = self.composite_size // self.stride
            cells = [round(c * side / min(grid)) for c in cells]
            grid = (side, side)
        region = sample_region(grid, *cells)
        partner = swap_partners(len(images), images.device)
        if not self.swap:
            partner = torch.arange(len(images), device=images.device)
        return region, partner

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

        Arguments and errors as in :meth:`forward`.
        """
        region, partner = self.draw(images)
        if self.composite_size is not None:
            size = (self.composite_size, self.composite_size)
            images = interpolate(images, size, mode='bilinear', antialias=True)
        rows = max(1, round(self.composite_fraction * len(images)))
        if self.swap:
            composite = swap_regions(images, region, self.stride, partner)
            canvas, paste = self.pool(
                self._feature_map(composite[:rows], backbone), region
            )
        else:
            images = images[:rows]
            erased = erase_regions(images, region, self.stride)
            canvas, _ = self.pool(self._feature_map(erased, backbone), region)
            cut = images[(..., *region.slices(self.stride))]
            paste = self._feature_map(cut, backbone).mean((2, 3), True)
        return RegionViews(canvas, paste, partner[:rows], region)

    def _feature_map(self, images: Tensor, backbone: Callable) -> Tensor:
        with _patch_tokens_as_map(backbone):
            features = backbone(images)[-1]
        if features.dim() != 4:
            raise ValueError(
                f'the backbone returns features of shape '
                f'{tuple(features.shape)}, but regions are pooled from a '
                'feature map (N, C, H, W); have it return one (of '
                'mmpretrain, ConvNeXt with `gap_before_final_norm=False`)'
            )
        grid, expected = features.shape[2:], image_grid(images, self.stride)
        if tuple(grid) != expected:
            raise ValueError(
                f'the backbone returns {grid[0]}x{grid[1]} '
                f'cells for {images.shape[2]}x{images.shape[3]} images, but '
                f'stride={self.stride} makes {expected[0]}x{expected[1]}; set '
                "`region_branch.stride` to the backbone's downsampling ratio"
            )
        return features


@contextmanager
def _patch_tokens_as_map(backbone: Callable):
    """Vision transformers of mmpretrain return their class token or a mean;
    within this context they return the map of their patch tokens."""
    out_type = getattr(backbone, 'out_type', None)
    if out_type is None:
        yield
        return
    backbone.out_type = 'featmap'
    try:
        yield
    finally:
        backbone.out_type = out_type
