"""Frozen features of a data set, shared out over processes."""

from __future__ import annotations

from typing import Iterator, Sized, cast

import torch
from mmengine.dist import get_dist_info
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.data import DataLoader


@torch.no_grad()
def pooled_batches(
    model: nn.Module, loader: DataLoader
) -> Iterator[tuple[Tensor, Tensor]]:
    """Pooled backbone features of this process's share, batch by batch.

    The model is set to evaluation mode and back, and the random state of the
    training is left as it was.

    Args:
        model: A self-supervised model or a classifier of mmpretrain.
        loader: Yields labelled single views.

    Yields:
        Features (n, D) in float32, not normalised, and labels (n,).
    """
    training = model.training
    model.eval()
    try:
        with torch.random.fork_rng(devices=[]):
            for batch in loader:
                batch = model.data_preprocessor(batch, False)
                output = model.extract_feat(batch['inputs'])
                if isinstance(output, (tuple, list)):
                    output = output[-1]
                if output.dim() == 4:
                    output = output.mean((2, 3))
                labels = [sample.gt_label for sample in batch['data_samples']]
                yield output.float(), torch.cat(labels)
    finally:
        model.train(training)


def extract_features(
    model: nn.Module, loader: DataLoader
) -> tuple[Tensor, Tensor, Tensor]:
    """Backbone features of this process's share: pooled and unit length.

    Args:
        model: See :func:`pooled_batches`.
        loader: Yields labelled single views in the order of
            ``DefaultSampler(shuffle=False)``, which deals samples out to the
            processes in turn and repeats some so that all get as many.

    Returns:
        Features (n, D), labels (n,) and a mask (n,) that is False for the
        repeated samples.
    """
    batches = zip(*pooled_batches(model, loader))
    features, labels = (torch.cat(parts) for parts in batches)
    features = normalize(features)
    genuine = positions(len(labels)) < num_images(loader)
    return (
        features,
        labels.to(features.device),
        genuine.to(features.device),
    )


def num_images(loader: DataLoader) -> int:
    """How many images the whole data set has."""
    return len(cast(Sized, loader.dataset))


def positions(count: int) -> Tensor:
    """Which samples of the data set this process's share is, in order."""
    rank, world_size = get_dist_info()
    return torch.arange(count) * world_size + rank
