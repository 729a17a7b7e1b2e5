"""Views of pictures whose boxes are known."""

from __future__ import annotations

from typing import Callable

import cv2
import numpy as np
import torch
from torch import Tensor

from .boxes import Picture


def two_views(
    pictures: list[Picture],
    size: int,
    augment: Callable[[dict], dict],
    grey: bool,
) -> list[Tensor]:
    """Read pictures, and make a whole and an augmented view of each.

    Args:
        pictures: N of them.
        size: The side of the first views in pixels.
        augment: Makes the second views, of the images' size or another.
        grey: Read one channel in place of three.

    Returns:
        Two batches (N, C, H, W) uint8.

    Raises:
        ValueError: If a picture cannot be read.
    """
    images = [read(picture, grey) for picture in pictures]
    return [
        stack([cv2.resize(image, (size, size)) for image in images]),
        stack([augment(dict(img=image))['img'] for image in images]),
    ]


def read(picture: Picture, grey: bool) -> np.ndarray:
    """Read a picture's pixels, (H, W) or (H, W, 3) BGR, uint8.

    Raises:
        ValueError: If there is no such picture.
    """
    kind = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR
    image = cv2.imread(str(picture.file), kind)
    if image is None:
        raise ValueError(f'cannot read picture {picture.file}')
    return image


def stack(images: list[np.ndarray]) -> Tensor:
    """Make a batch, (N, C, H, W), of images (H, W) or (H, W, C)."""
    array = np.stack([x.reshape(*x.shape[:2], -1) for x in images])
    return torch.from_numpy(array).permute(0, 3, 1, 2)
