"""Region swapping, the one idea in RegionCL (paper, section 3.1).

Rectangles are in *cells*: feature-map positions ``stride`` pixels wide, so
the pixels swapped and the features pooled are the same rectangle.

Shapes: N images, C channels, H x W pixels or cells.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Region(NamedTuple):
    """A rectangle in cells.

    Attributes:
        top: The first row.
        left: The first column.
        height: How many rows; the last is ``top + height - 1``.
        width: How many columns.
    """

    top: int
    left: int
    height: int
    width: int

    def slices(self, stride: int = 1) -> tuple[slice, slice]:
        """Row and column slices in units of ``1 / stride`` of a cell.

        ``stride=1`` indexes a feature map, the backbone's stride an image.
        """
        rows = slice(self.top * stride, (self.top + self.height) * stride)
        columns = slice(self.left * stride, (self.left + self.width) * stride)
        return rows, columns


def sample_region(
    grid: tuple[int, int], min_cells: int, max_cells: int
) -> Region:
    """Draw a rectangle uniformly: first its sides, then its place.

    Both sides come from U{min_cells, …, max_cells}, and the origin from all
    places where a rectangle of that size fits (section 3.1). The draw uses
    torch's global CPU generator and waits for no device.

    Args:
        grid: Rows and columns of the feature map, in cells.
        min_cells: Shortest side, in cells (C_L in the paper).
        max_cells: Longest side, in cells, inclusive (C_U in the paper).

    Raises:
        ValueError: If a draw could fall outside the grid or cover a whole
            side of it, which may leave no canvas.
    """
    if not 1 <= min_cells <= max_cells < min(grid):
        raise ValueError(
            f'region sides of {min_cells} to {max_cells} cells leave no '
            f'canvas on a {grid[0]}x{grid[1]} grid; choose 1 <= min_cells <= '
            f'max_cells <= {min(grid) - 1}, or raise the input size'
        )
    height, width = torch.randint(min_cells, max_cells + 1, (2,)).tolist()
    top = int(torch.randint(grid[0] - height + 1, ()))
    left = int(torch.randint(grid[1] - width + 1, ()))
    return Region(top, left, height, width)


def swap_partners(num_images: int, device=None) -> Tensor:
    """Whose rectangle each image receives: (N,) indices, never its own.

    Half a batch away, so that images of an even batch swap in pairs; an odd
    batch passes its rectangles on in a ring.

    Raises:
        ValueError: If there is no other image to swap with.
    """
    if num_images < 2:
        raise ValueError(
            f'a batch of {num_images} has no two images to swap a region '
            'between; use at least 2 images a process, and `drop_last=True` '
            'where the last batch of an epoch may hold one'
        )
    return (
        torch.arange(num_images, device=device) + num_images // 2
    ) % num_images


def image_grid(images: Tensor, stride: int) -> tuple[int, int]:
    """Rows and columns of cells in ``images`` (N, C, H, W).

    Raises:
        ValueError: If a side is not a whole number of cells.
    """
    height, width = images.shape[-2:]
    if height % stride or width % stride:
        raise ValueError(
            f'{height}x{width} images do not split into cells of {stride} '
            'pixels; make both sides multiples of the stride, or set '
            '`stride` to the downsampling ratio of the backbone'
        )
    return height // stride, width // stride


def _check_inside(region: Region, grid: tuple[int, int]) -> None:
    top, left, height, width = region
    if (
        top < 0
        or left < 0
        or height < 1
        or width < 1
        or top + height > grid[0]
        or left + width > grid[1]
    ):
        raise ValueError(
            f'{region} does not lie inside the '
            f'{grid[0]}x{grid[1]} grid of cells'
        )
    if (height, width) == tuple(grid):
        raise ValueError(
            f'{region} covers the whole {grid[0]}x{grid[1]} grid '
            'and leaves no canvas'
        )


def swap_regions(
    images: Tensor, region: Region, stride: int, partner: Tensor
) -> Tensor:
    """Composite images: image i with the rectangle of ``images[partner[i]]``.

    Args:
        images: (N, C, H, W), sides multiples of ``stride``.
        region: The rectangle, in cells, one for the batch.
        stride: Pixels a cell is wide.
        partner: (N,) indices of the images that give the rectangle.

    Returns:
        (N, C, H, W), a new tensor.
    """
    _check_inside(region, image_grid(images, stride))
    rows, columns = region.slices(stride)
    composite = images.clone()
    composite[..., rows, columns] = images[..., rows, columns][partner]
    return composite


def erase_regions(images: Tensor, region: Region, stride: int) -> Tensor:
    """Images with zeros in the rectangle: the variant without swapping (A.4).

    Shapes as in :func:`swap_regions`.
    """
    _check_inside(region, image_grid(images, stride))
    rows, columns = region.slices(stride)
    erased = images.clone()
    erased[..., rows, columns] = 0
    return erased


def pool_regions(features: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """Mask pooling: the mean of the features outside and inside the region.

    The canvas is the whole sum less the rectangle's, which costs no mask;
    half-precision features are summed in float32, where the difference keeps
    its digits.

    Args:
        features: (N, C, H, W) in cells.
        region: The rectangle, in cells.

    Returns:
        Canvas and paste, each (N, C, 1, 1) in the type of ``features``.
    """
    height, width = features.shape[-2:]
    _check_inside(region, (height, width))
    rows, columns = region.slices()
    dtype = torch.promote_types(features.dtype, torch.float32)
    inside = features[..., rows, columns].sum((2, 3), True, dtype=dtype)
    outside = features.sum((2, 3), True, dtype=dtype) - inside
    area = region.height * region.width
    return (
        (outside / (height * width - area)).to(features.dtype),
        (inside / area).to(features.dtype),
    )
