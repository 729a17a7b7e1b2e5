"""A figure of views, their composites, and where the regions are."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from torch import Tensor

from ..models.region_branch import RegionBranch
from ..regions import Region, erase_regions, image_grid, swap_regions

PASTE = '#d62728'

# Seen on dark pixels and on light ones.
OUTLINED = (withStroke(linewidth=1.8, foreground='black', alpha=0.5),)


def as_picture(image: Tensor) -> np.ndarray:
    """(C, H, W) levels as imshow takes them, (H, W) or (H, W, 3)."""
    picture = image.round().byte()
    picture = picture[0] if len(image) == 1 else picture.permute(1, 2, 0)
    return picture.numpy()


def outline(axes: Axes, region: Region, stride: int, color: str) -> None:
    """Frame the region's pixels."""
    rows, columns = region.slices(stride)
    axes.add_patch(
        Rectangle(
            (columns.start - 0.5, rows.start - 0.5),
            columns.stop - columns.start,
            rows.stop - rows.start,
            fill=False,
            edgecolor=color,
            linewidth=2.5,
            zorder=3,
            clip_on=False,
        )
    )


def draw_grid(axes: Axes, grid: tuple[int, int], stride: int) -> None:
    """Draw the borders between cells."""
    style: dict[str, Any] = dict(color='white', lw=0.6, path_effects=OUTLINED)
    for row in range(1, grid[0]):
        axes.axhline(row * stride - 0.5, **style)
    for column in range(1, grid[1]):
        axes.axvline(column * stride - 0.5, **style)


def name_regions(
    axes: Axes, region: Region, stride: int, grid: tuple[int, int]
) -> None:
    """Write *paste* into the region, and *canvas* into its larger side."""
    rows, columns = region.slices(stride)
    height, width = (cells * stride for cells in grid)
    beside = [  # pixels, and the middle of the strip
        (rows.start, (width / 2, rows.start / 2)),
        (height - rows.stop, (width / 2, (rows.stop + height) / 2)),
        (columns.start, (columns.start / 2, height / 2)),
        (width - columns.stop, ((columns.stop + width) / 2, height / 2)),
    ]
    _, outside = max(beside)
    inside = (
        (columns.start + columns.stop) / 2,
        (rows.start + rows.stop) / 2,
    )
    for place, name in ((inside, 'paste'), (outside, 'canvas')):
        upright = name == 'canvas' and outside[1] == height / 2
        axes.text(
            *place,
            name,
            rotation=90 if upright else 0,
            ha='center',
            va='center',
            color='white',
            fontsize=11,
            fontweight='bold',
            path_effects=[withStroke(linewidth=3, foreground='black')],
            zorder=4,
        )


def draw(views: list[Tensor], branch: RegionBranch) -> Figure:
    """A batch's two views (N, C, H, W) and its composites, a row an image."""
    query, key = views
    region, partner = branch.draw(query)
    stride, grid = branch.stride, image_grid(query, branch.stride)
    if branch.swap:
        composite = swap_regions(query, region, stride, partner)
    else:
        composite = erase_regions(query, region, stride)
    columns = [
        ('query view', lambda i: query[i]),
        ('key view', lambda i: key[i]),
        (f'composite, {grid[0]}x{grid[1]} cells', lambda i: composite[i]),
        ('paste view comes from', lambda i: query[partner[i]]),
    ]
    figure = Figure(
        figsize=(2.4 * len(columns), 2.4 * len(query) + 0.9),
        layout='constrained',
    )
    axes = figure.subplots(len(query), len(columns), squeeze=False)
    for i, row in enumerate(axes):
        for ax, (title, image) in zip(row, columns):
            ax.imshow(as_picture(image(i)), cmap='gray', vmin=0, vmax=255)
            ax.set(xticks=[], yticks=[])
            if i == 0:
                ax.set_title(title)
        row[0].set_ylabel(f'image {i}')
        draw_grid(row[2], grid, stride)
        outline(row[2], region, stride, PASTE)
        name_regions(row[2], region, stride, grid)
        outline(row[3], region, stride, PASTE)
        row[3].set_xlabel(f'image {int(partner[i])}')
    figure.suptitle(
        f'rectangle of {region.height}x{region.width} cells of {stride} '
        'pixels: inside it the paste view, around it the canvas view',
        fontsize=10,
    )
    return figure
