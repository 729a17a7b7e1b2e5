"""The parts of a model, called with errors that say what to set."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator

import torch
from torch import Tensor, nn

from ..methods import has_known_loss
from .misfits import layout_fault, misfit, width_taken


def is_known(model: Any) -> bool:
    """Whether it is known what a model calls its backbone with."""
    return (
        hasattr(model, 'predict')
        or getattr(model, 'region_branch', None) is not None
        or has_known_loss(type(model))
    )


def preprocess(model: nn.Module, batch: dict) -> Tensor | list[Tensor]:
    """The pictures of a batch, as the model gets them."""
    reason = (
        'the pictures have other channels than the `mean`, `std` and `to_rgb` '
        'of `data_preprocessor` are for'
    )
    with explained(lambda: reason):
        return model.data_preprocessor(batch, False)['inputs']


def encode(model: nn.Module, images: Tensor) -> Any:
    """What the backbone makes of the pictures; None if it takes more."""
    expected, found = width_taken(model.backbone), images.shape[1]
    fits = expected in (None, found)

    def reason() -> str:
        if fits:
            return (
                '`model.backbone` does not take pictures of '
                f'{tuple(images.shape[1:])}'
            )
        return (
            f'`model.backbone` takes pictures of {expected} channels, and '
            f'they have {found}; set `model.backbone.in_channels={found}`, or '
            '`color_type` where they are loaded'
        )

    with explained(reason):
        try:
            return model.backbone(images)
        except Exception as error:
            # One that takes more, such as masks, in a method of its own.
            unknown = fits and not is_known(model)
            if unknown or isinstance(error, TypeError):
                return None
            raise


def project(model: nn.Module, name: str, source: str, features: Any) -> Any:
    """What a part of the model makes of what another one gives.

    Args:
        model: The model.
        name: The part's, with dots; features pass if the model lacks it.
        source: Whose features these are.
        features: What it is called with.
    """
    part: Any = model
    for key in name.split('.'):
        part = getattr(part, key, None)
    if not isinstance(part, nn.Module):
        return features
    with explained(lambda: misfit(part, name, source, features)):
        return part(features)


@contextmanager
def explained(reason: Callable[[], str]) -> Iterator[None]:
    """Within it, errors of whatever layer are told with their reason."""
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception as error:
        line = str(error).strip().partition('\n')[0] or type(error).__name__
        raise ValueError(f'{reason()} ({line})') from error


@contextmanager
def layout_told(
    features: Any, part: nn.Module | None, tokens: bool = False
) -> Iterator[None]:
    """Within it, errors of features in an unusual order are told as such.

    Args:
        features: What the backbone returns.
        part: What takes them.
        tokens: Whether it may take tokens (N, C, L), as heads do.
    """
    try:
        yield
    except ValueError as error:
        reason = layout_fault(features, part, tokens)
        if reason is None:
            raise
        raise ValueError(f'{reason} ({error})') from error
