"""Reassessed labels of Fashion-MNIST's test images, as ReaL's are made up.

Nobody has reassessed them. These sets stand in: an image may also be what
many of the images nearest to it are, and has no label if none of these is
what it is said to be.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .files import write_json
from .garments import CLASSES, Garments

MEMORY = 10000  # training images that are searched
NEIGHBOURS = 20
MANY = 8  # of the neighbours


def write_reassessed(folder: Path, train: Garments, test: Garments) -> None:
    """Write ``real.json``: a list of labels for each test image."""
    neighbours = nearest(unit(test.images), unit(train.images[:MEMORY]))
    found = train.labels[:MEMORY][neighbours]  # (test images, neighbours)
    write_json(
        folder / 'real.json',
        [
            label_set(int(label), votes)
            for label, votes in zip(test.labels, found)
        ],
    )


def label_set(label: int, votes: np.ndarray) -> list[int]:
    """The labels of an image, in ascending order.

    Args:
        label: What it is said to be.
        votes: The neighbours' labels.
    """
    counts = np.bincount(votes, minlength=len(CLASSES))
    if counts[label] == 0:
        return []
    also = np.flatnonzero(counts >= MANY).tolist()
    return sorted({label, *also})


def unit(images: np.ndarray) -> np.ndarray:
    """Images as vectors of unit length, (N, 784) float32."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1)


def nearest(queries: np.ndarray, memory: np.ndarray) -> np.ndarray:
    """The nearest neighbours by cosine similarity.

    Args:
        queries: (Q, D) of unit length.
        memory: (M, D) of unit length.

    Returns:
        (Q, k) positions in the memory.
    """
    k = min(NEIGHBOURS, len(memory))
    parts = np.array_split(queries, max(1, len(queries) // 1000))
    # Ties aside, which cannot be told apart anyway.
    found = [np.argpartition(-part @ memory.T, k - 1)[:, :k] for part in parts]
    return np.concatenate(found)
