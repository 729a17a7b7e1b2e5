"""Masks as COCO describes them: polygon, box, area."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

FINER = 4  # times, is the grid on which outlines are traced


def polygons(mask: np.ndarray) -> list[list[float]]:
    """The outlines of a mask, its holes covered.

    COCO counts pixel (0, 0) as the square from (0, 0) to (1, 1), OpenCV's
    outlines run through pixels' centres: half a pixel inside. On a finer grid
    that is too little to lose a pixel.

    Returns:
        A list [x, y, x, y, ...] in pixels for each piece.
    """
    left, top, width, height = box(mask)
    cropped = mask[top : top + height, left : left + width].astype(np.uint8)
    pieces, _ = cv2.findContours(
        cropped.repeat(FINER, 0).repeat(FINER, 1),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_SIMPLE,
    )
    corner = np.array([left, top])
    return [
        ((piece + 0.5) / FINER + corner).ravel().tolist() for piece in pieces
    ]


def box(mask: np.ndarray) -> list[int]:
    """The box around a mask: [left, top, width, height] in pixels."""
    return list(cv2.boundingRect(mask.astype(np.uint8)))


def describe(mask: np.ndarray) -> dict[str, Any]:
    """The fields of an annotation that follow from its mask."""
    return dict(
        segmentation=polygons(mask),
        bbox=box(mask),
        area=int(mask.sum()),
        iscrowd=0,
    )
