"""Coloured textures to put things on."""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 160  # pixels, of every picture


def colour(
    rng: np.random.Generator,
    saturation: tuple[int, int],
    value: tuple[int, int],
) -> np.ndarray:
    """A random hue.

    Args:
        rng: What draws.
        saturation: From and below, of 0 to 256.
        value: From and below, of 0 to 256.

    Returns:
        (3,) uint8, BGR.
    """
    hsv = [rng.integers(180), rng.integers(*saturation), rng.integers(*value)]
    pixel = np.array([[hsv]], np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0]


def make_canvas(rng: np.random.Generator) -> np.ndarray:
    """Mix two colours by clouds, stripes and grain.

    Returns:
        (SIDE, SIDE, 3) uint8, BGR.
    """
    clouds = np.zeros((SIDE, SIDE))
    for cells, weight in ((4, 0.5), (10, 0.3), (24, 0.2)):
        noise = rng.random((cells, cells))
        clouds += weight * cv2.resize(
            noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC
        )
    angle, period = rng.uniform(0, np.pi), rng.uniform(6, 24)
    y, x = np.mgrid[:SIDE, :SIDE]
    along = x * np.cos(angle) + y * np.sin(angle)
    stripes = np.sin(2 * np.pi * along / period)
    mix = np.clip(clouds + rng.uniform(0, 0.25) * stripes, 0, 1)[..., None]
    low = colour(rng, (20, 130), (50, 140)).astype(float)
    high = colour(rng, (20, 130), (110, 220)).astype(float)
    grain = rng.normal(0, 6, (SIDE, SIDE, 1))
    picture = low * (1 - mix) + high * mix + grain
    return np.clip(picture, 0, 255).astype(np.uint8)
