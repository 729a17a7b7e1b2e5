"""k-nearest-neighbour classification of features (paper, section 4.5).

Shapes: Q queries, M memorised features, D dimensions, k neighbours.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np
import torch
from mmengine.dist import all_gather
from torch import Tensor
from torch.nn.functional import normalize, pad

# Similarities held at a time, 512 MiB in float32; of features that are read
# from a file a quarter of it, because there are copies of them.
_CHUNK_ELEMENTS = 2**27


def nearest_neighbours(
    queries: Tensor, memory: Tensor, labels: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    """The k most similar memorised features of each query.

    The memory may be spread over processes: each searches its own share for
    the same queries, and the shares' best are merged, so no process ever
    holds the whole memory.

    Args:
        queries: (Q, D) unit length, the same in every process.
        memory: (M, D) unit length, this process's share.
        labels: (M,) class indices of the memory.
        k: Neighbours, counted over all processes.

    Returns:
        Similarities and labels, both (Q, k), most similar first.

    Raises:
        ValueError: If all shares together hold fewer than k features.
    """
    shares = torch.cat(all_gather(torch.tensor([len(memory)])))
    check_size(int(shares.sum()), k)
    similarities, neighbours = [], []
    # The largest share sets the chunk, so that all processes cut alike.
    for chunk in queries.split(max(1, _CHUNK_ELEMENTS // int(shares.max()))):
        best, index = search(chunk, memory, min(k, len(memory)))
        missing = (0, k - best.size(1))  # a share smaller than k
        best = pad(best, missing, value=float('-inf'))
        found = pad(labels[index], missing)
        best, order = torch.cat(all_gather(best), dim=1).topk(k)
        similarities.append(best)
        neighbours.append(torch.cat(all_gather(found), dim=1).gather(1, order))
    return torch.cat(similarities), torch.cat(neighbours)


def check_size(size: int, k: int) -> None:
    """Find that there are enough features.

    Raises:
        ValueError: If there are fewer than neighbours.
    """
    if k > size:
        raise ValueError(
            f'{k} neighbours asked for, but the memory holds '
            f'only {size} features'
        )


def search(
    queries: Tensor,
    memory: Tensor | np.ndarray,
    k: int,
    backend: str = 'torch',
) -> tuple[Tensor, Tensor]:
    """The k most similar rows of a memory that need not fit in RAM.

    Args:
        queries: (Q, D) unit length, on the device that searches.
        memory: (M, D) unit length; or an array, as one that is mapped from a
            file, of which a chunk at a time is read once and normalised.
        k: Neighbours, at most M.
        backend: ``'torch'``; or ``'faiss'``, on the CPU.

    Returns:
        Similarities and row numbers, both (Q, k), most similar first.
    """
    find = dict(torch=_find, faiss=_find_by_faiss)[backend]
    best = queries.new_zeros(len(queries), 0)
    index = torch.zeros_like(best, dtype=torch.long)
    for start, chunk in chunks(memory, len(queries), queries.device):
        found, where = find(queries, chunk, min(k, len(chunk)))
        best, index = merge(best, index, found, where + start, k)
    return best, index


def _find(queries: Tensor, chunk: Tensor, k: int) -> tuple[Tensor, Tensor]:
    return (queries @ chunk.t()).topk(k)


def _find_by_faiss(
    queries: Tensor, chunk: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    import faiss  # optional

    found = faiss.knn(
        queries.numpy(), chunk.numpy(), k, faiss.METRIC_INNER_PRODUCT
    )
    best, where = map(torch.from_numpy, found)
    return best, where


def chunks(
    memory: Tensor | np.ndarray, num_queries: int, device
) -> Iterator[tuple[int, Tensor]]:
    """Rows of the memory on a device, with the number of the first."""
    size = _CHUNK_ELEMENTS // max(1, num_queries)
    if isinstance(memory, np.ndarray):
        size = min(size, _CHUNK_ELEMENTS // (4 * memory.shape[1]))
    size = max(1, size)
    for start in range(0, len(memory), size):
        chunk = memory[start : start + size]
        if isinstance(chunk, np.ndarray):
            # A copy: what is mapped from a file may not be written to.
            rows = torch.from_numpy(np.array(chunk, dtype=np.float32))
            chunk = normalize(rows.to(device))
        yield start, chunk


def merge(
    best: Tensor, index: Tensor, found: Tensor, where: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    """The k best of two lists of similarities (Q, ?) with row numbers."""
    best = torch.cat([best, found], dim=1)
    best, order = best.topk(min(k, best.size(1)))
    return best, torch.cat([index, where], dim=1).gather(1, order)
