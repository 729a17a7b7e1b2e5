"""Garments on a canvas, some in front of others.

A scene says of every pixel whose it is. Every layout is written from that,
so they agree. A garment in front may hide part of another, but what remains
visible is one piece without a hole, which a single polygon describes.
"""

from __future__ import annotations

import itertools
from typing import Iterator, NamedTuple

import cv2
import numpy as np

from .canvas import SIDE, colour, make_canvas
from .garments import Garment, cut_out

GARMENTS = (3, 7)  # a scene: from, below
SIDES = (32, 81)  # pixels of a garment's frame: from, below
MARGIN = 4  # pixels around the picture that are left free
MIN_PIXELS = 60  # of a garment
MIN_VISIBLE = 0.3  # of a garment's pixels
TRIES = 20  # places for a garment, before going on without it


class Placed(NamedTuple):
    """A garment's place on a canvas."""

    label: int
    source: str
    mask: np.ndarray  # (SIDE, SIDE) bool, with the parts that others hide


class Scene(NamedTuple):
    """A picture, and whose each of its pixels is."""

    image: np.ndarray  # (SIDE, SIDE, 3) uint8, BGR
    owner: np.ndarray  # (SIDE, SIDE) uint8: 0 canvas, i + 1 garments[i]
    garments: list[Placed]  # from the rearmost to the foremost

    def visible(self, index: int) -> np.ndarray:
        """The pixels that show a garment, (SIDE, SIDE) bool."""
        return self.owner == index + 1


def make_scenes(
    garments: Iterator[Garment], rng: np.random.Generator, count: int
) -> Iterator[Scene]:
    """Make so many scenes, of the garments in turn."""
    for _ in range(count):
        scene = Scene(make_canvas(rng), np.zeros((SIDE, SIDE), np.uint8), [])
        wanted = int(rng.integers(*GARMENTS))
        for garment in itertools.islice(garments, 10 * wanted):
            if paste(scene, garment, rng) and len(scene.garments) == wanted:
                break
        yield scene


def paste(scene: Scene, garment: Garment, rng: np.random.Generator) -> bool:
    """Put a garment in front of the others, where there is room for it.

    Returns:
        Whether there was room.
    """
    for _ in range(TRIES):
        side = int(rng.integers(*SIDES))
        left, top = rng.integers(MARGIN, SIDE - side - MARGIN + 1, 2)
        where = slice(top, top + side), slice(left, left + side)
        grey, cut = cut_out(garment.grey, side)
        mask = np.zeros((SIDE, SIDE), bool)
        mask[where] = cut
        if cut.sum() >= MIN_PIXELS and leaves_pieces_whole(scene, mask):
            scene.garments.append(Placed(garment.label, garment.source, mask))
            scene.owner[mask] = len(scene.garments)
            scene.image[where][cut] = dye(grey, rng)[cut]
            return True
    return False


def leaves_pieces_whole(scene: Scene, mask: np.ndarray) -> bool:
    """Whether the others would stay one piece each, and enough of it."""
    if not is_one_piece(mask):
        return False
    for index, other in enumerate(scene.garments):
        shown = scene.visible(index)
        left = shown & ~mask
        if left.sum() == shown.sum():
            continue
        enough = max(MIN_PIXELS, MIN_VISIBLE * other.mask.sum())
        if left.sum() < enough or not is_one_piece(left):
            return False
    return True


def is_one_piece(mask: np.ndarray) -> bool:
    """Whether it is connected and has no hole."""
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    return len(outlines) == 1


def dye(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour a garment lightly; it is never quite black.

    Args:
        grey: (H, W) uint8.
        rng: What draws the colour.

    Returns:
        (H, W, 3) uint8, BGR.
    """
    tint = colour(rng, (40, 130), (200, 256)) / 255
    return ((50 + 0.8 * grey[..., None]) * tint).astype(np.uint8)
