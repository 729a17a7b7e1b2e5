"""What is said of parts of a model that do not fit one another."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd


def misfit(part: nn.Module, name: str, source: str, features: Any) -> str:
    """Why a part does not take some features, and what to set.

    Args:
        part: The part.
        name: Its name in the model, with dots.
        source: The name of the part that gives the features.
        features: A map (N, C, …), or a tuple of them.
    """
    if isinstance(features, (tuple, list)):
        if len(features) > 1 and source == 'backbone':
            return (
                f'`model.{name}` does not take the {len(features)} maps that '
                'the backbone returns; let `model.backbone.out_indices` name '
                'one'
            )
        features = features[-1]
    expected, found = width_taken(part), features.shape[1]
    if expected in (None, found):
        return (
            f'`model.{name}` does not take features of '
            f'{tuple(features.shape[1:])}, which `model.{source}` gives; see '
            f'its `in_channels` and pooling'
        )
    return (
        f'`model.{name}` takes {expected} channels, and `model.{source}` '
        f'gives {found}; set `model.{name}.in_channels={found}`'
    )


def check_dimensions(model: nn.Module, projected: Any) -> None:
    """Compare the embeddings with what they meet in the loss.

    Args:
        model: A pretraining model.
        projected: What its neck returns; the first are the embeddings.

    Raises:
        ValueError: Naming the setting of the queue, or of the head.
    """
    width = projected[0].shape[1]
    for name in ('queue', 'queue1', 'queue2'):
        queue = getattr(model, name, None)
        if isinstance(queue, Tensor) and len(queue) != width:
            raise ValueError(
                f'the queue has keys of {len(queue)} numbers, and `model.neck`'
                f' gives {width}; set `model.feat_dim={width}`'
            )
    norm = getattr(getattr(model, 'head', None), 'bn', None)
    if isinstance(norm, nn.BatchNorm1d) and norm.num_features != width:
        raise ValueError(
            f'`model.head` takes {norm.num_features} channels, and '
            f'`model.neck` gives {width}; set `model.head.in_channels={width}`'
        )


def width_taken(part: nn.Module) -> int | None:
    """The channels that a part's first layer takes."""
    for layer in part.modules():
        if isinstance(layer, nn.Linear):
            return layer.in_features
        if isinstance(layer, _ConvNd):
            return layer.in_channels
    return None
