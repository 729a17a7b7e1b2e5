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
    if not widths_differ(part, features):
        return (
            f'`model.{name}` does not take features of '
            f'{tuple(features.shape[1:])}, which `model.{source}` gives; see '
            f'its `in_channels` and pooling'
        )
    return (
        f'`model.{name}` takes {expected} channels, and `model.{source}` '
        f'gives {found}; set `model.{name}.in_channels={found}`'
    )


def layout_fault(
    features: Any, part: nn.Module | None, tokens: bool = False
) -> str | None:
    """What is unusual in the order of a backbone's numbers.

    Args:
        features: What the backbone returns.
        part: What takes the features, and tells channels from other sizes.
        tokens: Whether it may take three dimensions.

    Returns:
        None if they look like a map (N, C, H, W) or vectors (N, C).
    """
    last = features[-1] if isinstance(features, (tuple, list)) else features
    if not isinstance(last, Tensor):  # such as a map and a vector
        return None
    shape = tuple(last.shape)
    expected = None if part is None else width_taken(part)
    if len(shape) == 4 and expected == shape[3] != shape[1]:
        return (
            '`model.backbone` gives maps that look like (N, H, W, C), for '
            f'they are {shape} and {expected} channels are expected; they '
            'must be (N, C, H, W): take a small subclass of the backbone '
            'that permutes them, by `x.permute(0, 3, 1, 2)`'
        )
    if len(shape) == 3 and not tokens:
        return (
            f'`model.backbone` gives {shape}, which looks like '
            f'(N, tokens, C): {shape[1]} tokens of {shape[2]} numbers; it '
            'must give a map (N, C, H, W), as vision transformers do: '
            "mmpretrain's with `out_type='featmap'`, and timm's with "
            '`features_only=True`'
        )
    return None


def check_tuple(name: str, outputs: Any) -> None:
    """Find that a part returns a tuple.

    Args:
        name: The part's name in the model, with dots.
        outputs: What it returns.

    Raises:
        ValueError: If it is something else.
    """
    if not isinstance(outputs, (tuple, list)):
        raise ValueError(
            f'`model.{name}` returns a {type(outputs).__name__}, and must '
            "return a tuple, as mmpretrain's do: `return (x,)`"
        )
    if not isinstance(outputs[-1], Tensor):
        raise ValueError(
            f'the last item of what `model.{name}` returns is a '
            f'{type(outputs[-1]).__name__}, and must be a tensor'
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


def widths_differ(part: nn.Module, features: Any) -> bool:
    """Whether a part surely takes other channels than the features have."""
    last = features[-1] if isinstance(features, (tuple, list)) else features
    return width_taken(part) not in (None, last.shape[1])


def width_taken(part: nn.Module) -> int | None:
    """The channels that a part's first layer takes."""
    for layer in part.modules():
        if isinstance(layer, nn.Linear):
            return layer.in_features
        if isinstance(layer, _ConvNd):
            return layer.in_channels
    return None
