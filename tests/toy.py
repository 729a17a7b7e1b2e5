"""Toy data for tests, and the files of Fashion-MNIST that they are made of."""

import cv2
import make_toy_data
import numpy as np
from conftest import write_idx

TRAIN, VAL = 6, 3


def make_garments(root):
    """A folder like Fashion-MNIST's with blobs, no two of them alike."""
    rng = np.random.RandomState(0)
    for split, count in (('train', 80), ('t10k', 40)):
        images = np.zeros((count, 28, 28), np.uint8)
        for image in images:
            axes = tuple(map(int, rng.randint(5, 13, 2)))
            cv2.ellipse(image, (14, 14), axes, 30, 0, 360, 200, -1)
            image += (image > 0) * rng.randint(0, 50, (28, 28)).astype('u1')
        write_idx(root / f'{split}-images-idx3-ubyte', images)
        write_idx(root / f'{split}-labels-idx1-ubyte', np.arange(count) % 10)
    return root


def make(out, root):
    """All toy data, six scenes to train on and three to validate on."""
    arguments = [out, '--data-root', root, '--scenes', TRAIN]
    arguments += ['--val-scenes', VAL]
    make_toy_data.make(make_toy_data.parse_args([*map(str, arguments)]))
    return out
