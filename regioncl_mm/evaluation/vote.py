"""What a query's neighbours say of its class."""

from __future__ import annotations

import torch
from torch import Tensor


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
