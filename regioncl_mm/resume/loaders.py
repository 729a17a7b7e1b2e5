"""Data loaders that begin at any batch of an epoch."""

from __future__ import annotations

from typing import Any

from mmengine.dataset import InfiniteSampler
from torch.utils.data import DataLoader

from .samplers import ResumableBatchSampler, ResumableSampler


def resumable(dataloader: Any) -> Any:
    """The config of a data loader for which :func:`begin` works.

    A loader that is built already is returned as it is: its epochs begin
    with their first batch, and its samples are not seeded.
    """
    if isinstance(dataloader, DataLoader):
        return dataloader
    wrapped = dict(dataloader)
    for key, kind in (
        ('dataset', 'SeededSamples'),
        ('sampler', 'ResumableSampler'),
        ('batch_sampler', 'ResumableBatchSampler'),
    ):
        if wrapped.get(key) is not None:
            wrapped[key] = {'type': kind, key: wrapped[key]}
    return wrapped


def is_resumable(loader: DataLoader) -> bool:
    """Whether a loader was built of a :func:`resumable` config."""
    sampler = getattr(loader.batch_sampler, 'sampler', None)
    return isinstance(sampler, ResumableSampler)


def is_endless(loader: DataLoader) -> bool:
    """Whether the sampler of a loader has no epochs."""
    sampler = getattr(loader.batch_sampler, 'sampler', None)
    return isinstance(getattr(sampler, 'sampler', sampler), InfiniteSampler)


def begin(loader: DataLoader, seed: int, epoch: int, batch: int) -> int:
    """Let a loader's next iteration begin at a batch of an epoch.

    Returns:
        The number of that batch; 0 if the loader is not a resumable one.
    """
    if not is_resumable(loader):
        return 0
    batches: Any = loader.batch_sampler
    if isinstance(batches, ResumableBatchSampler):
        batches.start, samples = batch, 0
    else:
        samples = batch * batches.batch_size
    batches.sampler.begin(seed, epoch, samples)
    return batch
