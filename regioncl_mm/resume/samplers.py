"""Samplers that begin anywhere, and seed each sample."""

from __future__ import annotations

from itertools import islice
from typing import Any, Iterator

from mmengine.dist import get_dist_info
from mmengine.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from .samples import SeededIndex
from .seeds import mix


@DATA_SAMPLERS.register_module()
class ResumableSampler(Sampler):
    """Another sampler's indices from any place on, each with its seed.

    A seed follows from the run's, the epoch and the place among the samples
    of all processes, so that neither workers nor batches change it.

    Args:
        sampler: Config of the sampler, which gets ``dataset`` and ``seed``.
        dataset: What it draws from.
        seed: Taken until :meth:`begin` is called.
    """

    def __init__(self, sampler: dict, dataset: Any, seed: int | None = None):
        self.config = sampler
        self.dataset = dataset
        self.begin(seed or 0, 0, 0)
        self.sampler = self._build()

    def begin(self, seed: int, epoch: int, start: int) -> None:
        """Let the next iteration begin at a place; those after it at 0.

        Args:
            seed: The same in all processes.
            epoch: The epoch.
            start: How many of this process's samples are left out.
        """
        self.seed, self.epoch, self.start = seed, epoch, start

    def set_epoch(self, epoch: int) -> None:
        """Let the next iteration be of an epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[SeededIndex]:
        start, self.start = self.start, 0
        rank, world_size = get_dist_info()
        # A new one: mmengine's `InfiniteSampler` would go on, and the seed
        # may have come with a checkpoint.
        indices = islice(self._build(), start, None)
        epoch_seed = mix(self.seed, self.epoch)
        for place, index in enumerate(indices, start):
            yield SeededIndex(index, epoch_seed + place * world_size + rank)

    def _build(self) -> Any:
        sampler = DATA_SAMPLERS.build(
            self.config,
            default_args=dict(dataset=self.dataset, seed=self.seed),
        )
        if hasattr(sampler, 'set_epoch'):
            sampler.set_epoch(self.epoch)
        return sampler


@DATA_SAMPLERS.register_module()
class ResumableBatchSampler(Sampler):
    """Another batch sampler's batches, from any one on.

    Args:
        batch_sampler: Its config; it gets ``sampler`` and ``batch_size``.
        sampler: A :class:`ResumableSampler`.
        batch_size: How many images a batch has.
    """

    def __init__(self, batch_sampler: dict, sampler: Sampler, batch_size: int):
        self.sampler = sampler
        self.batch_size = batch_size
        self.start = 0
        self.batch_sampler = DATA_SAMPLERS.build(
            batch_sampler,
            default_args=dict(sampler=sampler, batch_size=batch_size),
        )

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[list[int]]:
        start, self.start = self.start, 0
        return islice(iter(self.batch_sampler), start, None)
