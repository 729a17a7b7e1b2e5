"""Photometric steps on one image of bytes, by tables and fixed-point filters.

Images are (H, W, 3) uint8 in OpenCV's order of channels. Results are those
of Pillow, which mmpretrain's transforms call, to a level or two of 255.
"""

from __future__ import annotations

from typing import Callable, Sequence

import cv2
import numpy as np

from .steps import LUMA, Op, Step

_LEVELS = np.arange(256, dtype=np.float32)
# OpenCV rounds where Pillow cuts off.
_CUT_OFF = -0.5


def apply_steps(image: np.ndarray, steps: Sequence[Step]) -> np.ndarray:
    """A new image, or the same one if nothing is to be done."""
    for op, value in steps:
        if op != Op.NOTHING:
            image = _APPLY[op](image, value)
    return image


def _by_table(image: np.ndarray, levels: np.ndarray) -> np.ndarray:
    return cv2.LUT(image, levels.clip(0, 255).astype(np.uint8))


def _brightness(image: np.ndarray, factor: float) -> np.ndarray:
    return _by_table(image, _LEVELS * factor)


def _contrast(image: np.ndarray, factor: float) -> np.ndarray:
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    mean = int(cv2.mean(luma)[0] + 0.5)
    return _by_table(image, mean + (_LEVELS - mean) * factor)


def _saturation(image: np.ndarray, factor: float) -> np.ndarray:
    to_luma = np.tile(np.array(LUMA, dtype=np.float32), (3, 1))
    blend = factor * np.eye(3, dtype=np.float32) + (1 - factor) * to_luma
    offset = np.full((3, 1), _CUT_OFF, np.float32)
    return cv2.transform(image, np.hstack((blend, offset)))


def _hue(image: np.ndarray, turns: float) -> np.ndarray:
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV_FULL)
    turned = np.uint8(int(turns * 255) % 256)
    hsv[..., 0] = hsv[..., 0] + turned  # bytes, so it goes round
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR_FULL)


def _grayscale(image: np.ndarray, _: float) -> np.ndarray:
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR)


def _blur(image: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(
        image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    )


def _solarize(image: np.ndarray, threshold: float) -> np.ndarray:
    return _by_table(
        image, np.where(_LEVELS < threshold, _LEVELS, 255 - _LEVELS)
    )


def _flip(image: np.ndarray, _: float) -> np.ndarray:
    return cv2.flip(image, 1)


_APPLY: dict[Op, Callable[[np.ndarray, float], np.ndarray]] = {
    Op.BRIGHTNESS: _brightness,
    Op.CONTRAST: _contrast,
    Op.SATURATION: _saturation,
    Op.HUE: _hue,
    Op.GRAYSCALE: _grayscale,
    Op.BLUR: _blur,
    Op.SOLARIZE: _solarize,
    Op.FLIP: _flip,
}
