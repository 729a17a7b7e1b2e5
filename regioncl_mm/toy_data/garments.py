"""Fashion-MNIST's garments, cut out of their black backgrounds."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Iterator, NamedTuple

import cv2
import numpy as np

CLASSES = (
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
)
# The names of Fashion-MNIST's files. A scene for validation is made of test
# images alone.
FILES = dict(train='train', val='t10k')
BACKGROUND = 12  # the brightest grey of 255 that is not yet garment


class Garment(NamedTuple):
    """One image of Fashion-MNIST."""

    label: int  # index into CLASSES
    source: str  # where it is from: FILE/ROW
    grey: np.ndarray  # (28, 28) uint8


class Garments:
    """The images of a split.

    Raises:
        ValueError: If the folder does not hold them.
    """

    def __init__(self, root: Path, split: str) -> None:
        self.name = f'{FILES[split]}-images-idx3-ubyte'
        self.images = read_idx(root / self.name)
        self.labels = read_idx(root / f'{FILES[split]}-labels-idx1-ubyte')

    def shuffled(self, rng: np.random.Generator) -> Iterator[Garment]:
        """Give all in a random order, and again in it once all are used."""
        order = rng.permutation(len(self.images))
        for row in itertools.cycle(order.tolist()):
            yield Garment(
                int(self.labels[row]),
                f'{self.name}/{row}',
                self.images[row],
            )


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file: two zeros, type, rank; sizes; bytes.

    Raises:
        ValueError: If there is no such file, or it is cut off.
    """
    if not path.is_file():
        raise ValueError(
            f'{path} is missing. Get Fashion-MNIST with `python '
            'tools/get_fashion_mnist.py`, or name a folder with its unpacked '
            'idx files by --data-root'
        )
    raw = path.read_bytes()
    rank = raw[3] if len(raw) > 3 else 0
    shape = np.frombuffer(raw[4 : 4 + 4 * rank], '>i4')
    values = np.frombuffer(raw[4 + 4 * rank :], np.uint8)
    if rank == 0 or len(values) != shape.prod():
        raise ValueError(f'{path} is not an idx file, or not all of it')
    return values.reshape(shape)


def cut_out(grey: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Resize a garment, and tell it from its background.

    The mask is its largest piece without holes: polygons, which the layouts
    are written in, have none.

    Args:
        grey: (28, 28) uint8.
        side: What it is resized to, in pixels.

    Returns:
        The garment, (side, side) uint8, and its mask, (side, side) bool.
    """
    scaled = cv2.resize(grey, (side, side), interpolation=cv2.INTER_CUBIC)
    pieces, _ = cv2.findContours(
        (scaled > BACKGROUND).astype(np.uint8),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE,
    )
    mask = np.zeros_like(scaled)
    if pieces:
        largest = max(pieces, key=cv2.contourArea)
        cv2.drawContours(mask, [largest], -1, (1,), cv2.FILLED)
    return scaled, mask.astype(bool)
