"""Gradients of the pretraining loss with respect to the image (4.6)."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.device import get_device
from mmengine.logging import MessageHub
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import set_random_seed
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ..checkpoints.read import load_state_dict
from ..cli.silence import logging_silenced
from .boxes import Picture, inside
from .runs import view_pipeline
from .views import two_views


def build(cfg: Config) -> nn.Module:
    """Build a pretraining config's model, in training mode."""
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    # Momentum schedules read where a training is; its end is as good.
    hub = MessageHub.get_current_instance()
    hub.update_info('iter', 0)
    hub.update_info('max_iters', 1)
    model = dict(cfg.model, data_preprocessor=cfg.data_preprocessor)
    with logging_silenced():
        built = MODELS.build(copy.deepcopy(model)).to(get_device())
    return built.train()


def input_gradients(model: nn.Module, inputs: list[Tensor]) -> Tensor:
    """Take the gradient's magnitude at every pixel of the first views.

    Args:
        model: In training mode, as it was pretrained.
        inputs: Two views, (N, C, H, W), normalised.

    Returns:
        (N, H, W): the mean over channels of the gradient's magnitude. Losses
        are means over the batch; times N it is the gradient of the sum, which
        does not shrink as the batch grows.
    """
    query, *others = inputs
    query = query.detach().requires_grad_()
    samples = [DataSample() for _ in range(len(query))]
    losses = model.loss([query, *others], samples)
    total, _ = model.parse_losses(losses)
    (gradient,) = torch.autograd.grad(total, query)
    return gradient.abs().mean(1) * len(query)


def mean_in_and_out(
    gradients: Tensor, masks: Tensor
) -> list[tuple[float, float]]:
    """Average over the pixels inside and outside of each image's objects.

    Args:
        gradients: (N, H, W).
        masks: (N, H, W) bool, true inside.

    Returns:
        A pair an image that has both kinds of pixels.
    """
    return [
        (gradient[mask].mean().item(), gradient[~mask].mean().item())
        for gradient, mask in zip(gradients, masks)
        if mask.any() and not mask.all()
    ]


def measure(
    cfg: Config,
    checkpoint: Path,
    pictures: list[Picture],
    size: int,
    batch_size: int,
    seed: int,
) -> tuple[float, float, int]:
    """Measure the mean gradient inside and outside of objects.

    The query view is the whole picture, resized to the input size, so that
    boxes stay where they are; the key view is an augmented one, as in
    pretraining. Weights, statistics and queue are the checkpoint's for every
    batch, and keys and rectangles those of the seed.

    Args:
        cfg: A pretraining config.
        checkpoint: One of its checkpoints.
        pictures: With boxes.
        size: The side of the query views in pixels.
        batch_size: How many pictures make a step.
        seed: See above.

    Returns:
        The means inside and outside, and the number of images that they are
        over: those that have pixels of both kinds.

    Raises:
        RuntimeError: If the checkpoint is not one of the config.
        ValueError: If a picture cannot be read.
    """
    model = build(cfg)
    state = load_state_dict(checkpoint)
    model.load_state_dict(state)
    set_random_seed(seed)
    augment = Compose(view_pipeline(cfg))
    grey = len(cfg.data_preprocessor.mean) == 1
    found = []
    for start in range(0, len(pictures), batch_size):
        batch = pictures[start : start + batch_size]
        if len(batch) < 2:
            break  # there is nobody to swap with
        data = dict(
            inputs=two_views(batch, size, augment, grey),
            data_samples=[DataSample() for _ in batch],
        )
        model.load_state_dict(state)
        # Not as in training, where one that augments does what was drawn for
        # it: these views are augmented already.
        inputs = model.data_preprocessor(data, False)['inputs']
        gradients = input_gradients(model, inputs).cpu()
        masks = torch.stack([inside(picture, size) for picture in batch])
        found += mean_in_and_out(gradients, masks)
    if not found:
        raise ValueError(
            'no picture has pixels inside and outside of its boxes'
        )
    means = np.mean(found, axis=0)
    return float(means[0]), float(means[1]), len(found)
