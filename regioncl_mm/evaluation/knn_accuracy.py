"""kNN accuracy of features that are on the disk."""

from __future__ import annotations

from typing import Sequence

import numpy as np
import torch
from mmengine.device import get_device
from torch import Tensor
from torch.nn.functional import normalize

from .feature_cache import Features
from .knn import check_size, search
from .vote import knn_vote

QUERIES = 2**16  # of which similarities are held at a time


def knn_accuracies(
    memory: Features,
    queries: Features,
    ks: Sequence[int],
    temperature: float = 0.07,
    weighted: bool = True,
    backend: str = 'torch',
) -> dict[str, float]:
    """Top-1 accuracies in percent, by name such as ``knn20``.

    Args:
        memory: Labelled features to search; read chunk by chunk.
        queries: Features to classify.
        ks: Numbers of neighbours.
        temperature: See :func:`~.vote.knn_vote`.
        weighted: See :func:`~.vote.knn_vote`.
        backend: See :func:`~.knn.search`.

    Raises:
        ValueError: If there are fewer features than neighbours.
    """
    ks = sorted(ks)
    check_size(len(memory.values), ks[-1])
    device = 'cpu' if backend == 'faiss' else get_device()
    labels = torch.from_numpy(memory.labels).to(device)
    num_classes = 1 + int(max(memory.labels.max(), queries.labels.max()))
    correct = dict.fromkeys(ks, 0)
    for start in range(0, len(queries.values), QUERIES):
        rows = slice(start, start + QUERIES)
        targets = torch.from_numpy(queries.labels[rows]).to(device)
        similarities, neighbours = search(
            to_unit_length(queries.values[rows], device),
            memory.values,
            ks[-1],
            backend,
        )
        for k in ks:
            predicted = knn_vote(
                similarities[:, :k],
                labels[neighbours[:, :k]],
                num_classes,
                temperature,
                weighted,
            )
            correct[k] += int((predicted == targets).sum())
    total = len(queries.values)
    return {f'knn{k}': 100 * n / total for k, n in correct.items()}


def to_unit_length(rows: np.ndarray, device: str) -> Tensor:
    """Normalised rows on a device."""
    # A copy: what is mapped from a file may not be written to.
    return normalize(torch.from_numpy(np.array(rows)).to(device))
