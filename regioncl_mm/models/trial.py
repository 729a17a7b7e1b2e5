"""A model tried on two pictures, before it is trained on any."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

import torch
from torch import Tensor, nn

from ..methods import has_known_loss
from ..utils.random_states import random_states_restored
from .misfits import check_dimensions, check_tuple, widths_differ
from .neck_pooling import average_of, check_pooling, projects_jointly
from .tried_parts import encode, is_known, layout_told, preprocess, project


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
        inputs = preprocess(model, batch)
        images = inputs if isinstance(inputs, Tensor) else inputs[0]
        features = encode(model, images)
        if features is None:
            return
        if hasattr(model, 'predict'):  # a classifier
            with layout_told(features, model.head, tokens=True):
                projected = project(model, 'neck', 'backbone', features)
                project(model, 'head', 'backbone', projected)
        else:
            _try_pretraining(model, images, features)


def _try_pretraining(model: Any, images: Tensor, features: Any) -> None:
    """Try what comes after the backbone, as far as it is known."""
    known = has_known_loss(type(model))
    branch = getattr(model, 'region_branch', None)
    if not is_known(model):
        return
    neck: Any = getattr(model, 'neck', None)
    average = None
    with layout_told(features, neck):
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


def _try_neck(model: Any, features: Any, known: bool) -> Any:
    """What the neck gives; None if there is none, or none that is known.

    A loss of one's own may call its neck otherwise, and be right: SwAV's
    takes a list. Channels that differ are wrong all the same.
    """
    if getattr(model, 'neck', None) is None:
        return None
    try:
        projected = project(model, 'neck', 'backbone', features)
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


def _predict(model: nn.Module, projected: Any) -> None:
    """Try the predictor, whose targets are projections."""
    predicted = project(model, 'head.predictor', 'neck', projected)
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
