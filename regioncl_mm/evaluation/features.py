"""Frozen features of a data set, shared out over processes."""

from __future__ import annotations

from typing import Iterator, Sized, cast

import torch
from mmengine.dist import get_dist_info
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.data import DataLoader


@torch.no_grad()
def labelled_batches(
    model: nn.Module, loader: DataLoader
) -> Iterator[tuple[Tensor, Tensor]]:
    """This process's share as the model takes it, batch by batch.

    Until the last batch the model is in evaluation mode, and then as it was;
    so is the random state of the training.

    Args:
        model: A self-supervised model or a classifier of mmpretrain.
        loader: Yields labelled single views.

    Yields:
        Preprocessed images (n, C, H, W) and labels (n,).
    """
    training = model.training
    model.eval()
    try:
        with torch.random.fork_rng(devices=[]):
            for batch in loader:
                labels = [sample.gt_label for sample in batch['data_samples']]
                # Images alone: what is copied sample by sample takes long.
                batch = model.data_preprocessor(
                    dict(batch, data_samples=None), False
                )
                yield batch['inputs'], torch.cat(labels)
    finally:
        model.train(training)


@torch.no_grad()
def pooled_batches(
    model: nn.Module, loader: DataLoader
) -> Iterator[tuple[Tensor, Tensor]]:
    """Pooled backbone features of this process's share, batch by batch.

    Args:
        model: See :func:`labelled_batches`.
        loader: See there, too.

    Yields:
        Features (n, D) in float32, not normalised, and labels (n,).
    """
    for images, labels in labelled_batches(model, loader):
        output = model.extract_feat(images)
        if isinstance(output, (tuple, list)):
            output = output[-1]
        if output.dim() == 4:
            output = output.mean((2, 3))
        yield output.float(), labels


def extract_features(
    model: nn.Module, loader: DataLoader
) -> tuple[Tensor, Tensor, Tensor]:
    """Backbone features of this process's share: pooled and unit length.

    Args:
        model: See :func:`pooled_batches`.
        loader: Yields labelled single views as ``DefaultSampler`` deals them
            out, shuffled or not: to the processes in turn, at the end some
            again so that all get as many.

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
    """Places of this process's share in the order of the sampler."""
    rank, world_size = get_dist_info()
    return torch.arange(count) * world_size + rank
