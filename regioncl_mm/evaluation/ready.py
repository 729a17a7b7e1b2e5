"""Whether nearest neighbours can be found, before any are looked for."""

from __future__ import annotations

from typing import Any, Sequence

from torch import nn
from torch.utils.data import DataLoader

from ..datasets.labels import use_labels_of
from ..utils.data_sets import inner_data_sets
from ..utils.random_states import random_states_restored
from .features import labelled_batches, pooled_batches
from .knn import check_size
from .partly_visible import PartlyVisible, region_features

SAMPLES = 8  # that are collated, spread over the data set


def check_neighbours(
    memory: DataLoader, queries: DataLoader, ks: Sequence[int]
) -> list[str]:
    """Find that images are enough, and labelled alike.

    Args:
        memory: Of the labelled images to search.
        queries: Of those to classify; labels of classes that are others than
            the memory's are changed.
        ks: Numbers of neighbours.

    Returns:
        What was changed.

    Raises:
        ValueError: If there are fewer images than neighbours, or some have
            no label, or one of a class that the memory lacks.
    """
    for name, loader in (('memory', memory), ('query', queries)):
        check_labelled(loader.dataset, f'the images of {name}_dataloader')
    check_size(len(memory.dataset), max(ks))  # type: ignore[arg-type]
    return use_labels_of(memory.dataset, queries.dataset)


def check_labelled(data_set: Any, what: str) -> None:
    """Find that there are images, and that the first ones have a label.

    Raises:
        ValueError: Saying of what.
    """
    if len(data_set) == 0:
        raise ValueError(f'{what} are none')
    for inner in inner_data_sets(data_set):
        if 'gt_label' not in inner.get_data_info(0):
            raise ValueError(
                f'{what} have no labels, by which classes are told; set '
                '`with_label=True` of their data set'
            )


def try_features(
    model: nn.Module,
    loader: DataLoader,
    partly_visible: PartlyVisible | None = None,
) -> None:
    """Take the features of some images from all over a data set.

    Random states stay as they are.

    Args:
        model: That takes them.
        loader: Of the images.
        partly_visible: How composites of them are made, if they are.

    Raises:
        ValueError: If the images make no batch, or not one for the model, or
            batches of one image are to make composites.
    """
    if partly_visible is not None and loader.batch_size == 1:
        raise ValueError(
            '`partly_visible` of KNNHook: a composite is of two images, and '
            '`query_dataloader` has `batch_size=1`; set it to 2 or more'
        )
    data_set: Any = loader.dataset
    count = len(data_set)
    chosen = sorted({i * count // SAMPLES for i in range(SAMPLES)})
    with random_states_restored():
        samples = [data_set[i] for i in chosen]
        try:
            batch = loader.collate_fn(samples)  # type: ignore[misc]
            shape = tuple(batch['inputs'].shape[1:])
        except (
            AttributeError,
            KeyError,
            RuntimeError,
            TypeError,
        ) as error:
            raise ValueError(
                'images to take features of make no batch; does their '
                'pipeline end with ResizeEdge, CenterCrop and PackInputs? '
                f'({_line(error)})'
            ) from error
        try:
            list(pooled_batches(model, [batch]))  # type: ignore[arg-type]
        except (AssertionError, RuntimeError) as error:
            raise ValueError(
                f'the model takes no features of images of {shape}; does '
                f'their pipeline fit that of training? ({_line(error)})'
            ) from error
        if partly_visible is not None:
            try_regions(model, batch, partly_visible)


def try_regions(
    model: nn.Module, batch: dict, partly_visible: PartlyVisible
) -> None:
    """Take the features of regions of the composites of a batch.

    Raises:
        ValueError: If there are no such composites, or no map of features.
    """
    try:
        for images, _ in labelled_batches(model, [batch]):  # type: ignore[arg-type]
            region_features(model, images, partly_visible)
    except ValueError as error:
        raise ValueError(f'`partly_visible` of KNNHook: {error}') from error


def _line(error: Exception) -> str:
    return str(error).strip().partition('\n')[0] or type(error).__name__
