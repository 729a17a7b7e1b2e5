"""Batches that are read once and used by every evaluation of a run."""

from __future__ import annotations

from typing import Iterator

from torch.utils.data import DataLoader

# Of images; a process of the training holds so many of each loader.
MAX_BYTES = 2**30


class HeldBatches:
    """A dataloader that remembers its batches, if they are small.

    Files are read and samples packed and collated the first time. Small
    images are, in all, smaller than 1 GiB as their pipeline leaves them; of
    larger ones every evaluation reads anew.

    Args:
        loader: Yields the same batches each time, dicts with ``inputs``
            (n, C, H, W).
    """

    def __init__(self, loader: DataLoader):
        self.loader = loader
        self.dataset = loader.dataset
        self.collate_fn = loader.collate_fn
        self.batch_size = loader.batch_size
        self._batches: list[dict] = []

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[dict]:
        if len(self._batches) == len(self):
            yield from map(dict, self._batches)
            return
        found = []
        for batch in self.loader:
            if batch['inputs'].nbytes * len(self) <= MAX_BYTES:
                found.append(batch)
            yield dict(batch)
        # Only now, for a reader may stop before the end.
        self._batches = found
