"""Folders of small pictures, as people have them."""

import cv2
import numpy as np


def make_pictures(folder, names, side=48, seed=0):
    """Write a picture of its own for each name."""
    rng = np.random.RandomState(seed)
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        blocks = rng.randint(0, 256, (4, 5, 3)).astype(np.uint8)
        size = (side * 5 // 4, side)
        picture = cv2.resize(blocks, size, interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(path), picture)
    return folder


def flat(count):
    """Names as a camera gives them, in one folder."""
    return [f'IMG_{number:04}.JPG' for number in range(count)]
