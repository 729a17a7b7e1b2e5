"""Gradients of the pretraining loss with respect to the image (4.6)."""

from __future__ import annotations

import copy
import logging

import cv2
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
from .boxes import Picture, inside
from .runs import view_pipeline


def build(cfg: Config) -> nn.Module:
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    # Momentum schedules read where a training is; its end is as good.
    hub = MessageHub.get_current_instance()
    hub.update_info('iter', 0)
    hub.update_info('max_iters', 1)
    model = dict(cfg.model, data_preprocessor=cfg.data_preprocessor)
    logging.disable(logging.INFO)
    built = MODELS.build(copy.deepcopy(model)).to(get_device())
    logging.disable(logging.NOTSET)
    return built.train()


def input_gradients(model: nn.Module, inputs: list[Tensor]) -> Tensor:
    """Gradient magnitude at every pixel of the first views.

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
    """Means over the pixels inside and outside of each image's objects.

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
    checkpoint,
    pictures: list[Picture],
    size: int,
    batch_size: int,
    seed: int,
) -> tuple[float, float, int]:
    """Mean gradient inside and outside of objects, and of how many images.

    The query view is the whole picture, resized to the input size, so that
    boxes stay where they are; the key view is an augmented one, as in
    pretraining. Weights, statistics and queue are the checkpoint's for every
    batch, and keys and rectangles those of the seed.

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
        images = [read(picture, grey) for picture in batch]
        views = [
            [cv2.resize(image, (size, size)) for image in images],
            [augment(dict(img=image))['img'] for image in images],
        ]
        data = dict(
            inputs=[stack(view) for view in views],
            data_samples=[DataSample() for _ in batch],
        )
        model.load_state_dict(state)
        inputs = model.data_preprocessor(data, True)['inputs']
        gradients = input_gradients(model, inputs).cpu()
        masks = torch.stack([inside(picture, size) for picture in batch])
        found += mean_in_and_out(gradients, masks)
    if not found:
        raise ValueError(
            'no picture has pixels inside and outside of its boxes'
        )
    means = np.mean(found, axis=0)
    return float(means[0]), float(means[1]), len(found)


def read(picture: Picture, grey: bool) -> np.ndarray:
    """Raises ValueError if there is no such picture."""
    kind = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR
    image = cv2.imread(str(picture.file), kind)
    if image is None:
        raise ValueError(f'cannot read picture {picture.file}')
    return image


def stack(images: list[np.ndarray]) -> Tensor:
    """(N, C, H, W)."""
    array = np.stack([x.reshape(*x.shape[:2], -1) for x in images])
    return torch.from_numpy(array).permute(0, 3, 1, 2)
