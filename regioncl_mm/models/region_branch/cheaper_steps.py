"""Fewer or smaller composites than the paper's, for a cheaper step."""

from __future__ import annotations

from mmengine.logging import MessageHub
from torch import Tensor
from torch.nn.functional import interpolate

from ...regions import image_grid


class CheaperSteps:
    """Which composites a step makes.

    With a fraction of 1, in every step and of the images' own size they are
    the paper's, and with anything else they are not.

    Args:
        stride: Pixels a cell is wide.
        fraction: The share of the batch, its first images, that has
            composites.
        every: Make them in every n-th step only, the last of each n
            iterations of the run.
        size: Shrink them to squares of so many pixels.

    Raises:
        ValueError: If one is out of its range.
    """

    def __init__(
        self, stride: int, fraction: float, every: int, size: int | None
    ):
        if not 0 < fraction <= 1:
            raise ValueError(
                '`composite_fraction` is a share of the batch, above 0 and at '
                f'most 1, got {fraction}'
            )
        if every < 1:
            raise ValueError(
                f'`composite_every` must be at least 1, got {every}'
            )
        if size is not None and (size < 2 * stride or size % stride):
            raise ValueError(
                f'`composite_size` must be a multiple of the stride {stride}, '
                f'and at least two cells, got {size}'
            )
        self.stride = stride
        self.fraction = fraction
        self.every = every
        self.size = size
        self._calls = 0

    def __repr__(self) -> str:
        return (
            f'composite_fraction={self.fraction}, '
            f'composite_every={self.every}, composite_size={self.size}'
        )

    def makes_composites(self) -> bool:
        """Whether this step is one with composites; asked once a step.

        Steps are iterations of mmengine's run, which a checkpoint restores.
        Where no run counts them, as in a training loop written by hand, calls
        are counted.
        """
        hub = MessageHub.get_current_instance()
        if hub.get_info('loop_stage') == 'train':
            step = hub.get_info('iter')
        else:
            step = self._calls
            self._calls += 1
        return (step + 1) % self.every == 0

    def grid(
        self, images: Tensor, sides: tuple[int, int]
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """Cells of a composite, and the sides of rectangles in it.

        Args:
            images: (N, C, H, W) before they are shrunk.
            sides: Shortest and longest, in cells of the images.

        Raises:
            ValueError: If a side of the images is no multiple of the stride.
        """
        grid = image_grid(images, self.stride)
        if self.size is None:
            return grid, sides
        cells = self.size // self.stride
        low, high = (round(side * cells / min(grid)) for side in sides)
        return (cells, cells), (low, high)

    def shrink(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W) in the size of composites."""
        if self.size is None:
            return images
        size = (self.size, self.size)
        return interpolate(images, size, mode='bilinear', antialias=True)

    def rows(self, num_images: int) -> int:
        """How many composites a batch of so many images has."""
        return max(1, round(self.fraction * num_images))
