"""Backbones of timm, which is optional, by their names there."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from mmpretrain.registry import MODELS
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...utils import random_states_restored
from ..silence import logging_silenced


class Backbone(NamedTuple):
    """A backbone for pictures of one size.

    Attributes:
        name: What the user calls it.
        kind: ``'resnet'``, ``'swin'``, ``'vit'`` or ``'timm'``.
        config: mmpretrain's.
        channels: Of its last feature map.
        stride: Pixels that a cell of this map is wide.
        batch_norm: Whether it normalises over the batch.
    """

    name: str
    kind: str
    config: dict[str, Any]
    channels: int
    stride: int
    batch_norm: bool


def find_in_timm(name: str, size: int, others: str) -> Backbone:
    """A model of timm that gives feature maps.

    Args:
        name: The model's.
        size: Pixels of a picture's side.
        others: The names of backbones that are not timm's.

    Raises:
        ValueError: If timm is not installed or has no such model, or if that
            has no feature map at this size.
    """
    try:
        import timm  # optional
    except ImportError:
        raise ValueError(
            f'{name} is none of {others}; timm has more, and is '
            'not installed: `pip install timm`'
        ) from None
    if not timm.is_model(name):
        near = timm.list_models(f'*{name.split("_")[0]}*')[:5]
        raise ValueError(
            f'there is no backbone {name}: it is none of {others}, '
            f'and timm {timm.__version__} has no model of this name'
            + (f'; it has {", ".join(near)}' if near else '')
        )
    faults = []
    config = dict(
        type='TIMMBackbone',
        model_name=name,
        features_only=True,
        out_indices=(-1,),
    )
    # What some models need is what others do not take.
    for more in (
        {},
        dict(img_size=size),
        dict(feature_cls='getter'),
        dict(img_size=size, feature_cls='getter'),
    ):
        try:
            return try_timm(name, {**config, **more}, size)
        except Exception as error:  # of whatever model
            faults.append(str(error).partition('\n')[0])
    raise ValueError(
        f'regions are pooled from feature maps, and timm {timm.__version__} '
        f'has none of {name} for pictures of {size} pixels ({faults[0]}). '
        "Choose another size, or another model: `timm.list_models('*convnext*'"
        ')` and the like name those there are'
    )


def try_timm(name: str, config: dict[str, Any], size: int) -> Backbone:
    """Build the model and see what it makes of two pictures."""
    with logging_silenced(), random_states_restored(), torch.no_grad():
        model = MODELS.build(config)
        model.eval()  # mmpretrain's returns nothing
        found = model(torch.zeros(2, 3, size, size))[-1]
    channels = model.timm_model.feature_info.channels()[-1]
    rows = found.shape[-2] if found.dim() == 4 else 0
    if found.shape != (2, channels, rows, rows) or not rows or size % rows:
        raise ValueError(f'it returns {tuple(found.shape)}')
    norms = has_batch_norm(model)
    return Backbone(name, 'timm', config, channels, size // rows, norms)


def has_batch_norm(model: nn.Module) -> bool:
    """Whether a model normalises over the batch."""
    return any(isinstance(x, _BatchNorm) for x in model.modules())
