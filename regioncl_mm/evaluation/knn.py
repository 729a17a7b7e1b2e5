"""k-nearest-neighbour classification of features (paper, section 4.5).

Shapes: Q queries, M memorised features, D dimensions, k neighbours.
"""

from __future__ import annotations

import torch
from mmengine.dist import all_gather
from torch import Tensor

# Similarities held at a time, 512 MiB in float32.
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
    if k > shares.sum():
        raise ValueError(
            f'{k} neighbours asked for, but the memory holds '
            f'only {int(shares.sum())} features'
        )
    similarities, neighbours = [], []
    # The largest share sets the chunk, so that all processes cut alike.
    for chunk in queries.split(max(1, _CHUNK_ELEMENTS // int(shares.max()))):
        best, index = (chunk @ memory.t()).topk(min(k, len(memory)))
        missing = (0, k - best.size(1))  # a share smaller than k
        best = torch.nn.functional.pad(best, missing, value=float('-inf'))
        found = torch.nn.functional.pad(labels[index], missing)
        best, order = torch.cat(all_gather(best), dim=1).topk(k)
        similarities.append(best)
        neighbours.append(torch.cat(all_gather(found), dim=1).gather(1, order))
    return torch.cat(similarities), torch.cat(neighbours)


def knn_vote(
    similarities: Tensor,
    labels: Tensor,
    num_classes: int,
    temperature: float = 0.07,
    weighted: bool = True,
) -> Tensor:
    """Classes voted for by the neighbours.

    Args:
        similarities: (Q, k), most similar first.
        labels: (Q, k) class indices.
        num_classes: How many classes there are.
        temperature: A neighbour of similarity s weighs ``exp(s / t)``.
        weighted: With False every neighbour has one vote, and the most
            similar neighbour decides between equal classes.

    Returns:
        (Q,) class indices.
    """
    votes = similarities.new_zeros(len(labels), num_classes)
    if weighted:
        # Relative to the best neighbour: the same vote, and no overflow.
        weights = ((similarities - similarities[:, :1]) / temperature).exp()
        return votes.scatter_add_(1, labels, weights).argmax(1)
    k = labels.size(1)
    closeness = torch.arange(k, 0, -1, device=labels.device).to(votes)
    closeness = closeness.expand_as(similarities)
    nearest = votes.scatter_reduce(1, labels, closeness, 'amax')
    votes.scatter_add_(1, labels, torch.ones_like(similarities))
    return (votes * (k + 1) + nearest).argmax(1)
