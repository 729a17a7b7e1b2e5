"""kNN accuracy of a model's features, each process with its share."""

from __future__ import annotations

from typing import Sequence

import torch
from mmengine.dist import all_gather, all_reduce
from torch import Tensor, nn
from torch.utils.data import DataLoader

from .features import extract_features
from .knn import nearest_neighbours
from .partly_visible import PartlyVisible, extract_region_features
from .vote import knn_vote


@torch.no_grad()
def online_accuracies(
    model: nn.Module,
    memory: DataLoader,
    queries: DataLoader,
    ks: Sequence[int],
    temperature: float = 0.07,
    weighted: bool = True,
    partly_visible: PartlyVisible | None = None,
) -> dict[str, float]:
    """Top-1 accuracies in percent over all processes, by name.

    Args:
        model: A self-supervised model or a classifier of mmpretrain.
        memory: Of the images to search; see
            :func:`~.features.extract_features`.
        queries: Of the images to classify; see there, too.
        ks: Numbers of neighbours, the largest last.
        temperature: See :func:`~.vote.knn_vote`.
        weighted: See :func:`~.vote.knn_vote`.
        partly_visible: How composites are made whose regions are classified,
            too (``knn20_canvas``, ``knn20_paste``), if they are.
    """
    features, labels, genuine = extract_features(model, memory)
    features, labels = features[genuine], labels[genuine]
    shares = {'': extract_features(model, queries)}
    if partly_visible is not None:
        regions = extract_region_features(model, queries, partly_visible)
        shares.update({f'_{name}': regions[name] for name in regions})
    accuracies = {}
    for kind, share in shares.items():
        found, targets, counted = (
            torch.cat(all_gather(part)) for part in share
        )
        similarities, neighbours = nearest_neighbours(
            found, features, labels, ks[-1]
        )
        num_classes = _num_classes(labels, targets)
        for k in ks:
            predicted = knn_vote(
                similarities[:, :k],
                neighbours[:, :k],
                num_classes,
                temperature,
                weighted,
            )
            correct = (predicted == targets)[counted].double().mean()
            accuracies[f'knn{k}{kind}'] = correct.item() * 100
    return accuracies


def _num_classes(labels: Tensor, targets: Tensor) -> int:
    largest = torch.max(labels.max(), targets.max())
    all_reduce(largest, op='max')
    return int(largest) + 1
