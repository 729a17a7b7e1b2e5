"""How a jointed figure is built, limb by limb."""

from __future__ import annotations

from typing import Sequence

import cv2
import numpy as np

from .canvas import colour
from .figures import Figure, Part


class Sketch:
    """Builds a figure: points first, in any units, then parts in pixels.

    Args:
        names: The keypoints, in the data set's order.
        scale: Pixels of a unit.
        origin: Where (0, 0) comes to lie, x and y in pixels.
        degrees: By which it is turned about there.
    """

    def __init__(
        self,
        names: Sequence[str],
        scale: float,
        origin: Sequence[float] | np.ndarray,
        degrees: float,
    ) -> None:
        self.names, self.scale = list(names), scale
        self.origin, self.turn = np.array(origin), rotation(degrees)
        self.points: dict[str, np.ndarray] = {}
        self.parts: list[Part] = []

    def place(self, name: str, point: Sequence[float] | np.ndarray) -> None:
        """Set a point, keypoint or not, in the sketch's units."""
        self.points[name] = np.array(point, float)

    def pixel(self, name: str) -> tuple[int, int]:
        """Where a point lies in the picture, x and y."""
        turned = self.turn @ self.points[name] * self.scale + self.origin
        x, y = np.rint(turned).astype(int).tolist()
        return x, y

    def line(
        self,
        start: str,
        stop: str,
        width: float,
        shade: np.ndarray,
        also: Sequence[str] = (),
    ) -> None:
        """Add a part from point to point.

        Args:
            start: A point.
            stop: Another one, or the same.
            width: In the sketch's units.
            shade: (3,), BGR.
            also: Keypoints that lie on the part, beside its ends.
        """
        on_it = {start, stop, *also}
        self.parts.append(
            Part(
                self.pixel(start),
                self.pixel(stop),
                max(1, round(width * self.scale)),
                shade,
                tuple(i for i, name in enumerate(self.names) if name in on_it),
            )
        )

    def dot(self, name: str, width: float, shade: np.ndarray) -> None:
        """Add a round part."""
        self.line(name, name, width, shade)

    def figure(self, absent: Sequence[str] = ()) -> Figure:
        """The figure as far as it was sketched.

        Args:
            absent: Keypoints that this view cannot show.
        """
        keypoints = np.array([self.pixel(name) for name in self.names])
        hidden = tuple(self.names.index(name) for name in absent)
        return Figure(keypoints, hidden, self.parts)


def rotation(degrees: float) -> np.ndarray:
    """A (2, 2) matrix that turns clockwise, as y points down."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s], [s, c]])


def limb(
    start: Sequence[float] | np.ndarray, length: float, degrees: float
) -> np.ndarray:
    """The end of a limb, (2,); 0 degrees is down, 90 to the right."""
    angle = np.deg2rad(degrees)
    return start + length * np.array([np.sin(angle), np.cos(angle)])


def shades(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """So many bright BGR colours, no two alike."""
    first = rng.integers(180)
    hues = (first + np.arange(count) * 180 // count) % 180
    hsv = [[hue, 170, rng.integers(150, 240)] for hue in rng.permutation(hues)]
    row = np.array([hsv], np.uint8)
    return list(cv2.cvtColor(row, cv2.COLOR_HSV2BGR)[0])


def skin(rng: np.random.Generator) -> np.ndarray:
    """The BGR colour of a face."""
    return colour(rng, (30, 90), (170, 250))
