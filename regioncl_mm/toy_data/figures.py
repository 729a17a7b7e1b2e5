"""Jointed figures, drawn limb by limb, and which keypoints can be seen.

Everything is drawn twice, into the picture and into a map of owners: which
part of which figure a pixel shows. A keypoint is visible if its own pixel
shows a part that it lies on.
"""

from typing import List, NamedTuple, Tuple

import cv2
import numpy as np

from .canvas import SIDE, colour, make_canvas

OUT, HIDDEN, SEEN = 0, 1, 2  # COCO's visibility: not labelled, hidden, seen


class Part(NamedTuple):
    """A thick line with round ends."""

    start: Tuple[int, int]  # x, y in pixels
    stop: Tuple[int, int]
    width: int
    shade: np.ndarray  # BGR
    keypoints: Tuple[int, ...]  # those that lie on it


class Figure(NamedTuple):
    keypoints: np.ndarray  # (K, 2) int: x, y in pixels
    absent: Tuple[int, ...]  # keypoints that this view cannot show
    parts: List[Part]  # from the rearmost to the foremost


class Drawn(NamedTuple):
    mask: np.ndarray  # (SIDE, SIDE) bool: the pixels that show it
    keypoints: np.ndarray  # (K, 3) int: x, y, visibility


def draw(figures: List[Figure], rng):
    """A picture of the figures, the last in front, and each as ``Drawn``."""
    image = make_canvas(rng)
    owner = np.zeros((SIDE, SIDE), np.int32)
    parts = [part for figure in figures for part in figure.parts]
    for number, part in enumerate(parts, 1):
        ends = part.start, part.stop
        cv2.line(image, *ends, part.shade.tolist(), part.width)
        cv2.line(owner, *ends, number, part.width)
    grain = rng.normal(0, 5, (SIDE, SIDE, 1))
    image = np.clip(image + grain, 0, 255).astype(np.uint8)
    drawn, first = [], 1
    for figure in figures:
        last = first + len(figure.parts)
        mask = (owner >= first) & (owner < last)
        drawn.append(Drawn(mask, visibility(figure, owner - first)))
        first = last
    return image, [figure for figure in drawn if figure.mask.any()]


def visibility(figure: Figure, shown: np.ndarray) -> np.ndarray:
    """Its keypoints, (K, 3), where ``shown`` is an index of its parts."""
    labelled = []
    for index, (x, y) in enumerate(figure.keypoints.tolist()):
        inside = 0 <= x < SIDE and 0 <= y < SIDE
        if index in figure.absent or not inside:
            labelled.append((0, 0, OUT))
            continue
        number = shown[y, x]
        seen = (
            0 <= number < len(figure.parts)
            and index in figure.parts[number].keypoints
        )
        labelled.append((x, y, SEEN if seen else HIDDEN))
    return np.array(labelled)


class Sketch:
    """Builds a figure: points first, in any units, then parts in pixels.

    Args:
        names: The keypoints, in the data set's order.
        scale: Pixels of a unit.
        origin: Where (0, 0) comes to lie, x and y in pixels.
        degrees: By which it is turned about there.
    """

    def __init__(self, names, scale, origin, degrees) -> None:
        self.names, self.scale = list(names), scale
        self.origin, self.turn = np.array(origin), rotation(degrees)
        self.points, self.parts = {}, []

    def place(self, name: str, point) -> None:
        self.points[name] = np.array(point, float)

    def pixel(self, name: str) -> Tuple[int, int]:
        turned = self.turn @ self.points[name] * self.scale + self.origin
        return tuple(np.rint(turned).astype(int).tolist())

    def line(self, start: str, stop: str, width, shade, also=()) -> None:
        """A part from point to point, with the keypoints among them."""
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

    def dot(self, name: str, width, shade) -> None:
        self.line(name, name, width, shade)

    def figure(self, absent=()) -> Figure:
        keypoints = np.array([self.pixel(name) for name in self.names])
        hidden = tuple(self.names.index(name) for name in absent)
        return Figure(keypoints, hidden, self.parts)


def rotation(degrees: float) -> np.ndarray:
    """(2, 2): turns clockwise, as y points down."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s], [s, c]])


def limb(start, length: float, degrees: float) -> np.ndarray:
    """The end of a limb: 0 degrees is down, 90 to the right."""
    angle = np.deg2rad(degrees)
    return start + length * np.array([np.sin(angle), np.cos(angle)])


def shades(rng, count: int) -> list:
    """Bright BGR colours, no two alike."""
    first = rng.integers(180)
    hues = (first + np.arange(count) * 180 // count) % 180
    hsv = [[hue, 170, rng.integers(150, 240)] for hue in rng.permutation(hues)]
    return list(cv2.cvtColor(np.uint8([hsv]), cv2.COLOR_HSV2BGR)[0])


def skin(rng) -> np.ndarray:
    return colour(rng, (30, 90), (170, 250))
