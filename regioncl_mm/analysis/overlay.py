"""Maps of cells drawn over an image."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from ..utils.files import save_figure


def draw(
    image: Tensor, maps: dict[str, Tensor], cell: Sequence[int], out: Path
) -> None:
    """Draw an image with a cell outlined, and a panel a map.

    Args:
        image: (C, H, W) uint8, one channel or BGR.
        maps: Cosines, (h, w), by the panels' titles.
        cell: The row and the column of the cell outlined.
        out: The picture's file, whose folder is made.
    """
    pixels = image.permute(1, 2, 0).numpy()
    # As OpenCV has colours; a grey image has one.
    pixels = pixels[..., ::-1] if pixels.shape[2] == 3 else pixels[..., 0]
    pixels = np.ascontiguousarray(pixels)
    size = pixels.shape[0]
    height, width = next(iter(maps.values())).shape
    step = (pixels.shape[1] / width, size / height)
    corner = (cell[1] * step[0] - 0.5, cell[0] * step[1] - 0.5)
    panels: dict[str, Tensor | None] = {'image and cell': None, **maps}
    figure = Figure(figsize=(4 * len(panels), 4.3), layout='constrained')
    axes = figure.subplots(1, len(panels))
    for ax, (title, found) in zip(axes, panels.items()):
        # Under colours a pale image: black would hide them.
        shade = pixels if found is None else 255 - (255 - pixels) // 2
        ax.imshow(shade, cmap='gray', vmin=0, vmax=255)
        ax.set(title=title, xticks=[], yticks=[])
        if found is not None:
            shown = ax.imshow(
                found.numpy(),
                cmap='coolwarm',
                vmin=-1,
                vmax=1,
                alpha=0.65,
                extent=(-0.5, pixels.shape[1] - 0.5, size - 0.5, -0.5),
            )
        ax.add_patch(
            Rectangle(corner, *step, fill=False, edgecolor='lime', lw=2.5)
        )
    figure.colorbar(
        shown, ax=axes, label='cosine with the outlined cell', shrink=0.8
    )
    save_figure(figure, out)
