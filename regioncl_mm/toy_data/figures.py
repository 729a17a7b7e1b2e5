"""Jointed figures, drawn limb by limb, and which keypoints can be seen.

Everything is drawn twice, into the picture and into a map of owners: which
part of which figure a pixel shows. A keypoint is visible if its own pixel
shows a part that it lies on.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from .canvas import SIDE, make_canvas

OUT, HIDDEN, SEEN = 0, 1, 2  # COCO's visibility: not labelled, hidden, seen


class Part(NamedTuple):
    """A thick line with round ends."""

    start: tuple[int, int]  # x, y in pixels
    stop: tuple[int, int]
    width: int
    shade: np.ndarray  # BGR
    keypoints: tuple[int, ...]  # those that lie on it


class Figure(NamedTuple):
    """A person or an animal, ready to be drawn."""

    keypoints: np.ndarray  # (K, 2) int: x, y in pixels
    absent: tuple[int, ...]  # keypoints that this view cannot show
    parts: list[Part]  # from the rearmost to the foremost


class Drawn(NamedTuple):
    """What a picture shows of a figure."""

    mask: np.ndarray  # (SIDE, SIDE) bool: the pixels that show it
    keypoints: np.ndarray  # (K, 3) int: x, y, visibility


def draw(
    figures: list[Figure], rng: np.random.Generator
) -> tuple[np.ndarray, list[Drawn]]:
    """Draw the figures on one picture, the last in front.

    Returns:
        The picture, (SIDE, SIDE, 3) uint8, and what it shows of each figure
        that is not wholly hidden.
    """
    image = make_canvas(rng)
    owner = np.zeros((SIDE, SIDE), np.int32)
    parts = [part for figure in figures for part in figure.parts]
    for number, part in enumerate(parts, 1):
        start, stop = part.start, part.stop
        cv2.line(image, start, stop, part.shade.tolist(), part.width)
        cv2.line(owner, start, stop, (number,), part.width)
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
    """Tell which of a figure's keypoints can be seen.

    Args:
        figure: With K keypoints.
        shown: (SIDE, SIDE) int: which of the figure's parts a pixel shows;
            other numbers are of no part of it.

    Returns:
        (K, 3) int: x, y, visibility.
    """
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
