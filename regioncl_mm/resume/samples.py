"""Samples that are seeded by their place in the run."""

from __future__ import annotations

from typing import Any, Callable

from mmengine.registry import DATASETS

from ..datasets.picture_memory import PictureMemory
from .seeds import mix, seed_host


class SeededIndex(int):
    """The index of a sample, with the seed of what is drawn for it."""

    seed: int

    def __new__(cls, index: int, seed: int) -> SeededIndex:
        self = super().__new__(cls, index)
        self.seed = seed
        return self

    def __reduce__(self):
        """Small, for one goes to a worker with each sample."""
        return SeededIndex, (int(self), self.seed)


@DATASETS.register_module()
class SeededSamples:
    """A data set whose samples depend on their :class:`SeededIndex` alone.

    Attributes but for those of Python itself are the data set's.

    Args:
        dataset: Config of the data set, or one that is built.
    """

    def __init__(self, dataset: Any):
        if isinstance(dataset, dict):
            dataset = DATASETS.build(dataset)
        self.dataset = dataset
        fits = PictureMemory.fits(dataset)
        self.memory = PictureMemory(dataset) if fits else None

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        if isinstance(index, SeededIndex):
            seed_host(mix(index.seed))
        return self.dataset[int(index)]

    @property
    def __getitems__(self) -> Callable[[list[SeededIndex]], list] | None:
        """Makes whole batches; None where samples are made one by one."""
        return None if self.memory is None else self._batch

    def _batch(self, indices: list[SeededIndex]) -> list:
        assert self.memory is not None
        return self.memory.batch(indices, [index.seed for index in indices])

    def __getattr__(self, name: str) -> Any:
        if name == 'dataset':  # not yet there while it is unpickled
            raise AttributeError(name)
        return getattr(self.dataset, name)
