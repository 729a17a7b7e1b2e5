"""Data sets within data sets."""

from __future__ import annotations

from typing import Any, Iterator

from ..resume import is_endless


def inner_data_sets(data_set: Any) -> Iterator[Any]:
    """The data sets that others repeat, join or draw from.

    Args:
        data_set: Any; wrappers have ``dataset`` or ``datasets``.
    """
    if hasattr(data_set, 'datasets'):
        for inner in data_set.datasets:
            yield from inner_data_sets(inner)
    elif hasattr(data_set, 'dataset'):
        yield from inner_data_sets(data_set.dataset)
    else:
        yield data_set


def count_images(data_set: Any) -> int:
    """How many different images there are; repeated ones count once."""
    inner = {source(x): len(x) for x in inner_data_sets(data_set)}
    return min(sum(inner.values()), len(data_set))  # a subset has fewer


def source(data_set: Any) -> Any:
    """What two data sets of the same images have in common."""
    places = [
        str(getattr(data_set, name, ''))
        for name in (
            *('data_root', 'ann_file', 'data_prefix'),
            *('split', 'test_mode', '_indices'),
        )
    ]
    if not (places[0] or places[1]):
        return id(data_set)  # not read from files
    return (type(data_set), len(data_set), *places)


def refuse_no_batch(loader: Any) -> None:
    """Raise if an epoch has no batch, so that nothing would be trained.

    Raises:
        ValueError: Saying how many images there are.
    """
    if not is_endless(loader) and len(loader) == 0:
        raise ValueError(
            f'nothing would be trained: a process has {len(loader.sampler)} '
            f'images, fewer than a batch of {loader.batch_size}, and '
            '`train_dataloader.drop_last` drops them; lower '
            '`train_dataloader.batch_size`'
        )
