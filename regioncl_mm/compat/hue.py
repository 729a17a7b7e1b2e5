"""mmcv's shift of the hue, which raises on numpy 2 where it is negative.

``mmcv.adjust_hue`` (2.1.0 and 2.2.0) adds ``np.uint8(hue_factor * 255)`` to
a channel of bytes, and for negative factors relied on numpy 1 to wrap them
around: -25.5 became 231. numpy 2 raises OverflowError, so that every second
image of a ``ColorJitter`` with a hue ends the training.
"""

from __future__ import annotations

from functools import wraps

import numpy as np

from .replace import replace


class HueFactor(float):
    """A factor whose product, in bytes, is wrapped around as numpy 1 did."""

    def __mul__(self, other) -> int:  # type: ignore[override]
        # Cut off towards zero, as the conversion of a float to an integer.
        return int(float(self) * other) % 256


def needed() -> bool:
    return np.lib.NumpyVersion(np.__version__) >= '2.0.0'


def apply() -> None:
    from mmcv.image import photometric

    original = photometric.adjust_hue

    @wraps(original)
    def adjust_hue(img, hue_factor, backend=None):
        return original(img, HueFactor(hue_factor), backend)

    replace('mmcv', original, adjust_hue)
