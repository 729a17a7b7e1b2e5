"""What photometric transforms would do to an image, apart from doing it.

Drawing takes microseconds and belongs to the loader's workers, where the
seeds are; doing it takes milliseconds and may happen elsewhere. The draws are
those of the transforms themselves, in their order: the same seed draws the
same numbers as without any of this.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Callable, NamedTuple

import numpy as np
from mmcv.transforms import BaseTransform, RandomApply, RandomGrayscale
from mmpretrain.datasets.transforms import (
    ColorJitter,
    GaussianBlur,
    RandomFlip,
    Solarize,
)

# Weights of blue, green and red: what ITU-R 601 calls luma.
LUMA = (0.114, 0.587, 0.299)


class Op(IntEnum):
    """What a step does, with the meaning of its value."""

    NOTHING = 0
    BRIGHTNESS = 1  # factor
    CONTRAST = 2  # factor, away from the mean luma
    SATURATION = 3  # factor, away from the luma
    HUE = 4  # turns, -0.5 to 0.5
    GRAYSCALE = 5
    BLUR = 6  # standard deviation in pixels
    SOLARIZE = 7  # lowest level that is inverted, of 0 to 255
    FLIP = 8  # left to right


class Step(NamedTuple):
    """One operation on an image, with its value."""

    op: Op
    value: float = 0.0


class _Kind(NamedTuple):
    """How to draw the steps of one class of transforms."""

    length: Callable[[BaseTransform], int]
    draw: Callable[[BaseTransform], list[Step]]
    fits: Callable[[BaseTransform], bool] = lambda _: True


def can_draw(transform: BaseTransform) -> bool:
    """Whether all that a transform does can be said in steps."""
    kind = _KINDS.get(type(transform))
    return kind is not None and kind.fits(transform)


def draw(transform: BaseTransform) -> list[Step]:
    """Draw the steps of one image.

    There are as many for every image: what a draw leaves out is a step that
    does nothing.

    Args:
        transform: One of which :func:`can_draw` is true.
    """
    kind = _KINDS[type(transform)]
    steps = kind.draw(transform)
    return steps + [Step(Op.NOTHING)] * (kind.length(transform) - len(steps))


def _draw_all(transform: RandomApply) -> list[Step]:
    if not transform.random_apply():
        return []
    return [step for inner in transform for step in draw(inner)]


def _draw_jitter(transform: ColorJitter) -> list[Step]:
    order, *values = transform._rand_params()
    ops = (Op.BRIGHTNESS, Op.CONTRAST, Op.SATURATION, Op.HUE)
    return [
        Step(Op.NOTHING)
        if values[index] is None
        else Step(ops[index], float(values[index]))
        for index in order
    ]


def _draw_grayscale(transform: RandomGrayscale) -> list[Step]:
    drawn = transform._random_prob() < transform.prob
    return [Step(Op.GRAYSCALE)] * drawn


def _draws_luma(transform: RandomGrayscale) -> bool:
    weights = np.array(transform.channel_weights, dtype=float)
    return (
        transform.keep_channels
        and transform.color_format == 'bgr'
        and np.allclose(weights / weights.sum(), LUMA, atol=1e-3)
    )


def _draw_magnitude(op: Op, fixed: str) -> Callable:
    """How to draw a step with a probability and a value.

    Args:
        op: The step's operation.
        fixed: The transform's attribute with the value; where it is None, the
            value is drawn.
    """

    def draw_it(transform: GaussianBlur | Solarize) -> list[Step]:
        if transform.random_disable():
            return []
        value = getattr(transform, fixed)
        if value is None:
            value = transform.random_magnitude()
        return [Step(op, float(value))]

    return draw_it


def _draw_flip(transform: RandomFlip) -> list[Step]:
    drawn = transform._choose_direction() is not None
    return [Step(Op.FLIP)] * drawn


def _one(_: BaseTransform) -> int:
    return 1


_KINDS: dict[type[BaseTransform], _Kind] = {
    ColorJitter: _Kind(lambda _: 4, _draw_jitter),
    RandomGrayscale: _Kind(_one, _draw_grayscale, _draws_luma),
    GaussianBlur: _Kind(_one, _draw_magnitude(Op.BLUR, 'radius')),
    Solarize: _Kind(_one, _draw_magnitude(Op.SOLARIZE, 'thr')),
    RandomFlip: _Kind(
        _one, _draw_flip, lambda flip: flip.direction == 'horizontal'
    ),
    RandomApply: _Kind(
        lambda inner: sum(_KINDS[type(t)].length(t) for t in inner),
        _draw_all,
        lambda inner: all(map(can_draw, inner)),
    ),
}
