"""What is drawn for the views of a batch: crops, and steps with their values.

They are distributed as those of mmpretrain's transforms.
"""

from __future__ import annotations

from typing import Callable

import numpy as np
from mmcv.transforms import BaseTransform, RandomApply, RandomGrayscale
from mmpretrain.datasets.transforms import (
    ColorJitter,
    GaussianBlur,
    RandomFlip,
    RandomResizedCrop,
    Solarize,
)

from .draws import Draws
from .steps import Op, can_draw


def draw_crops(
    transform: RandomResizedCrop, height: int, width: int, draws: Draws
) -> np.ndarray:
    """Top, left, height and width of each image's crop, (N, 4) in pixels.

    They are distributed as those of the transform, which tries until a
    rectangle fits, and takes the middle of the image if none does.

    Args:
        transform: The transform.
        height: Of the images.
        width: Likewise.
        draws: The images' numbers.
    """
    tries = max(transform.max_attempts, 1)
    low, high = transform.crop_ratio_range
    area = height * width * draws.uniform(low, high, tries)
    narrow, wide = np.log(transform.aspect_ratio_range)
    ratio = np.exp(draws.uniform(narrow, wide, tries))
    sides = np.rint(np.sqrt(np.stack((area / ratio, area * ratio), 2)))
    image = np.array([height, width])
    fits = ((sides > 0) & (sides <= image)).all(2)
    if transform.max_attempts == 0:
        fits[:] = False
    first = sides[np.arange(len(draws)), fits.argmax(1)]
    free = np.where(fits.any(1, keepdims=True), image - first, 0)
    offsets = np.floor(draws.uniform(count=2) * (free + 1))
    middle = _in_the_middle(transform, height, width)
    crops = np.hstack((offsets, first))
    return np.where(fits.any(1, keepdims=True), crops, middle).astype(int)


def _in_the_middle(
    transform: RandomResizedCrop, height: int, width: int
) -> list[int]:
    low, high = transform.aspect_ratio_range
    tall, wide = height, width
    if width / height < low:
        tall = round(width / low)
    elif width / height > high:
        wide = round(height * high)
    return [(height - tall) // 2, (width - wide) // 2, tall, wide]


def can_draw_batch(transform: BaseTransform) -> bool:
    """Whether :func:`draw_batch` knows a transform, and all in it."""
    if not can_draw(transform):
        return False
    if isinstance(transform, RandomApply):
        return all(map(can_draw_batch, transform))
    if isinstance(transform, (GaussianBlur, Solarize)):
        fixed = getattr(transform, _FIXED[type(transform)][1]) is not None
        return fixed or transform.magnitude_std == 'inf'
    return not isinstance(transform, RandomFlip) or np.isscalar(transform.prob)


def draw_batch(transform: BaseTransform, draws: Draws) -> np.ndarray:
    """Draw a transform's steps for each image.

    Args:
        transform: One of which :func:`can_draw_batch` is true.
        draws: The images' numbers.

    Returns:
        (N, steps, 2) operations with their values, as
        :func:`regioncl_mm.models.preprocessors.batch_steps.apply_steps` takes
        them.
    """
    return _KINDS[type(transform)](transform, draws)


def _draw_all(transform: RandomApply, draws: Draws) -> np.ndarray:
    drawn = draws.uniform() < transform.prob
    steps = np.hstack([draw_batch(inner, draws) for inner in transform])
    return np.where(drawn[..., None], steps, float(Op.NOTHING))


def _draw_jitter(transform: ColorJitter, draws: Draws) -> np.ndarray:
    parts = {
        Op.BRIGHTNESS: transform.brightness,
        Op.CONTRAST: transform.contrast,
        Op.SATURATION: transform.saturation,
        Op.HUE: transform.hue,
    }
    steps = [
        _step(op, draws.uniform(*bounds), True)
        for op, bounds in parts.items()
        if bounds is not None
    ]
    if not steps:
        return np.zeros((len(draws), 0, 2))
    order = draws.uniform(count=len(steps)).argsort(1)
    return np.take_along_axis(np.hstack(steps), order[..., None], 1)


def _draw_magnitude(
    transform: GaussianBlur | Solarize, draws: Draws
) -> np.ndarray:
    op, fixed = _FIXED[type(transform)]
    drawn = draws.uniform() <= transform.prob
    value = getattr(transform, fixed)
    if value is None:
        start, end = transform.magnitude_range
        share = transform.magnitude_level / transform.total_level
        value = draws.uniform(start, start + share * (end - start))
    return _step(op, value, drawn)


def _with_probability(op: Op) -> Callable:
    return lambda transform, draws: _step(
        op, 0.0, draws.uniform() < transform.prob
    )


def _step(
    op: Op, value: np.ndarray | float, drawn: np.ndarray | bool
) -> np.ndarray:
    """(N, 1, 2), a step that does nothing where none was drawn."""
    columns = np.broadcast_arrays(np.where(drawn, op, Op.NOTHING), value)
    return np.stack(columns, 2)


# The step of a transform, and its attribute with a value that is not drawn.
_FIXED = {GaussianBlur: (Op.BLUR, 'radius'), Solarize: (Op.SOLARIZE, 'thr')}
_KINDS: dict[type, Callable[[BaseTransform, Draws], np.ndarray]] = {
    ColorJitter: _draw_jitter,
    RandomGrayscale: _with_probability(Op.GRAYSCALE),
    GaussianBlur: _draw_magnitude,
    Solarize: _draw_magnitude,
    RandomFlip: _with_probability(Op.FLIP),
    RandomApply: _draw_all,
}
