"""Frozen features of a data set, shared out over processes."""

from __future__ import annotations

import torch
from mmengine.dist import get_dist_info
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.data import DataLoader


@torch.no_grad()
def extract_features(
    model: nn.Module, loader: DataLoader
) -> tuple[Tensor, Tensor, Tensor]:
    """Backbone features of this process's share: pooled and unit length.

    The model is set to evaluation mode and back, and the random state of the
    training is left as it was.

    Args:
        model: A self-supervised model of mmpretrain.
        loader: Yields labelled single views in the order of
            ``DefaultSampler(shuffle=False)``, which deals samples out to the
            processes in turn and repeats some so that all get as many.

    Returns:
        Features (n, D), labels (n,) and a mask (n,) that is False for the
        repeated samples.
    """
    rank, world_size = get_dist_info()
    training = model.training
    model.eval()
    features, labels = [], []
    try:
        with torch.random.fork_rng(devices=[]):
            for batch in loader:
                batch = model.data_preprocessor(batch, False)
                output = model.extract_feat(batch['inputs'])
                if isinstance(output, (tuple, list)):
                    output = output[-1]
                if output.dim() == 4:
                    output = output.mean((2, 3))
                features.append(normalize(output.float()))
                labels += [sample.gt_label for sample in batch['data_samples']]
    finally:
        model.train(training)
    features, labels = torch.cat(features), torch.cat(labels)
    index = torch.arange(len(labels)) * world_size + rank
    genuine = (index < len(loader.dataset)).to(features.device)
    return features, labels.to(features.device), genuine
