"""Folders of small grey pictures, one folder a class."""

import cv2
import numpy as np


def write_pictures(root, *names, size=28, seed=0):
    """Write a picture of noise for each name, such as ``cat/0.png``."""
    rng = np.random.RandomState(seed)
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = rng.randint(0, 255, (size, size)).astype(np.uint8)
        if path.suffix in ('.png', '.jpg', '.webp', '.tiff'):
            assert cv2.imwrite(str(path), image)
        else:
            path.write_bytes(b'GIF89a')
    return root


def write_classes(root, count=2, **classes):
    """Write so many pictures of each class, brighter the higher its value.

    Args:
        root: The folder of the classes' folders.
        count: Pictures of each class.
        classes: Grey levels by the classes' names.
    """
    for name, level in classes.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            image = np.full((28, 28), level, np.uint8)
            image[:, : 4 + i] //= 2
            cv2.imwrite(str(root / name / f'{i}.png'), image)
    return root
