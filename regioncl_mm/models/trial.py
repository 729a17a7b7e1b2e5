"""A model tried on two pictures, before it is trained on any."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator

import torch
from torch import Tensor, nn

from ..methods import has_known_loss
from ..utils.random_states import random_states_restored
from .misfits import (
    check_dimensions,
    check_tuple,
    layout_fault,
    misfit,
    width_taken,
    widths_differ,
)
from .neck_pooling import average_of, check_pooling, projects_jointly


def try_model(model: nn.Module, batch: dict) -> None:
    """Find that a model's parts fit one another and the pictures.

    Backbone, projector, predictor and region branch see the batch once, in
    evaluation mode and without gradients. Weights, running statistics, queues
    and random states stay as they are; nothing is exchanged with other
    processes. Of an algorithm with a loss that is not known here, and without
    region branch, the backbone alone is tried.

    Args:
        model: A pretraining model or a classifier, with ``backbone`` and,
            where it has them, ``neck``, ``head`` and ``region_branch``.
        batch: A collated batch, best of two pictures, before the data
            preprocessor.

    Raises:
        ValueError: Naming the setting that does not fit.
    """
    if not isinstance(getattr(model, 'backbone', None), nn.Module):
        return
    with _unchanged(model):
        inputs = _preprocess(model, batch)
        images = inputs if isinstance(inputs, Tensor) else inputs[0]
        features = _encode(model, images)
        if features is None:
            return
        if hasattr(model, 'predict'):  # a classifier
            with _layout_told(features, model.head, tokens=True):
                projected = _project(model, 'neck', 'backbone', features)
                _project(model, 'head', 'backbone', projected)
        else:
            _try_pretraining(model, images, features)


def _try_pretraining(model: Any, images: Tensor, features: Any) -> None:
    """Try what comes after the backbone, as far as it is known."""
    known = has_known_loss(type(model))
    branch = getattr(model, 'region_branch', None)
    if not _is_known(model):
        return
    neck: Any = getattr(model, 'neck', None)
    average = None
    with _layout_told(features, neck):
        if branch is not None:
            check_tuple('backbone', features)
            average = average_of(features)  # now: a neck may work in place
            if features[-1].dim() != 4:
                # It says more of a backbone without a map than the neck does.
                branch.encode(images, model.backbone)
        projected = _try_neck(model, features, known)
        if branch is not None:
            branch.encode(images, model.backbone)
    if projected is None:
        return
    if average is not None and projects_jointly(type(model)):
        check_pooling(neck, average, projected)
    if known:
        _predict(model, projected)
        check_dimensions(model, projected)


def _is_known(model: Any) -> bool:
    """Whether it is known what a model calls its backbone with."""
    return (
        hasattr(model, 'predict')
        or getattr(model, 'region_branch', None) is not None
        or has_known_loss(type(model))
    )


def _try_neck(model: Any, features: Any, known: bool) -> Any:
    """What the neck gives; None if there is none, or none that is known.

    A loss of one's own may call its neck otherwise, and be right: SwAV's
    takes a list. Channels that differ are wrong all the same.
    """
    if getattr(model, 'neck', None) is None:
        return None
    try:
        projected = _project(model, 'neck', 'backbone', features)
        check_tuple('neck', projected)
    except ValueError:
        if known or widths_differ(model.neck, features):
            raise
        return None
    return projected


@contextmanager
def _unchanged(model: nn.Module) -> Iterator[None]:
    """Within it the model is in evaluation mode; it and the random states
    are as before at the end."""
    training = model.training
    model.eval()
    try:
        with random_states_restored(), torch.no_grad():
            yield
    finally:
        model.train(training)


def _preprocess(model: nn.Module, batch: dict) -> Tensor | list[Tensor]:
    reason = (
        'the pictures have other channels than the `mean`, `std` and `to_rgb` '
        'of `data_preprocessor` are for'
    )
    with _explained(lambda: reason):
        return model.data_preprocessor(batch, False)['inputs']


def _encode(model: nn.Module, images: Tensor) -> Any:
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

    with _explained(reason):
        try:
            return model.backbone(images)
        except Exception as error:
            # One that takes more, such as masks, in a method of its own.
            unknown = fits and not _is_known(model)
            if unknown or isinstance(error, TypeError):
                return None
            raise


def _project(model: nn.Module, name: str, source: str, features: Any) -> Any:
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
    with _explained(lambda: misfit(part, name, source, features)):
        return part(features)


@contextmanager
def _explained(reason: Callable[[], str]) -> Iterator[None]:
    """Within it, errors of whatever layer are told with their reason."""
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception as error:
        line = str(error).strip().partition('\n')[0] or type(error).__name__
        raise ValueError(f'{reason()} ({line})') from error


@contextmanager
def _layout_told(
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


def _predict(model: nn.Module, projected: Any) -> None:
    """Try the predictor, whose targets are projections."""
    predicted = _project(model, 'head.predictor', 'neck', projected)
    if predicted is projected:
        return
    check_tuple('head.predictor', predicted)
    width, target = predicted[0].shape[1], projected[0].shape[1]
    if width != target:
        raise ValueError(
            f'`model.head.predictor` gives {width} channels, and is to '
            f'predict the {target} of `model.neck`; set '
            f'`model.head.predictor.out_channels={target}`'
        )
