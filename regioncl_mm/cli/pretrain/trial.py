"""One step on the CPU: that it can be done, and how much memory it takes."""

from __future__ import annotations

import copy
from typing import Any

import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils import random_states_restored
from ..silence import logging_silenced

TRIED = 4  # images, of which two make the first composite
# Of parameters: weights, gradients and two moments of the optimizer, and the
# same again for what is copied and reduced.
COPIES = 8


def try_step(model: dict[str, Any], size: int) -> tuple[int, int]:
    """Take the loss of a few random images.

    Args:
        model: The config of the algorithm.
        size: Pixels of a side.

    Returns:
        Bytes that a step keeps for the gradients of each image, and bytes of
        the rest, in float32.

    Raises:
        ValueError: If the parts do not fit together; the reason is the
            model's own.
    """
    try:
        with logging_silenced(), random_states_restored():
            built = revert_sync_batchnorm(
                MODELS.build(Config(model)._cfg_dict)
            )
            images = [torch.randn(TRIED, 3, size, size) for _ in range(2)]
            kept = bytes_kept(built, images)
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise ValueError(
            f'a first step of {model["type"]} on '
            f'{model["backbone"].get("type")} at {size} pixels fails: {error}'
        ) from error
    parameters = sum(x.numel() * x.element_size() for x in built.parameters())
    return max(1, kept // TRIED), COPIES * parameters


def bytes_kept(model: nn.Module, images: list[Tensor]) -> int:
    """Bytes that a step keeps for its gradients, parameters left out."""
    own = {x.untyped_storage().data_ptr() for x in model.state_dict().values()}
    found: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    model.train()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        losses = model.loss(copy.copy(images), [])
        total = torch.stack([x.sum() for x in losses.values()]).sum()
    if not torch.isfinite(total):
        raise ValueError('the loss is not finite')
    return sum(found.values())
