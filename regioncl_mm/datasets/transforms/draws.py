"""Random numbers of a batch, each image's from its own seed, all at once.

What is drawn for an image follows from its seed and from nothing else: no
generator has a state, so neither the batch that an image is in nor the worker
that makes it changes its views.
"""

from __future__ import annotations

from typing import Sequence

import numpy as np

# Of SplitMix64, as in regioncl_mm.resume.mix.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MASK = (1 << 64) - 1


class Draws:
    """A stream of numbers for each image of a batch.

    Args:
        seeds: (N,) one an image, of which 64 bits count; neighbours may
            follow each other.
    """

    def __init__(self, seeds: Sequence[int]):
        bits = np.array([seed & _MASK for seed in seeds], np.uint64)
        self._streams = _finish(bits + _GOLDEN)
        self._taken = 0

    def __len__(self) -> int:
        return len(self._streams)

    def uniform(
        self, low: float = 0.0, high: float = 1.0, count: int = 1
    ) -> np.ndarray:
        """The next ``count`` numbers of each image, (N, count)."""
        steps = np.arange(self._taken + 1, self._taken + count + 1)
        self._taken += count
        bits = _finish(
            self._streams[:, None] + steps.astype(np.uint64) * _GOLDEN
        )
        return low + (high - low) * ((bits >> np.uint64(11)) * 2.0**-53)


def _finish(state: np.ndarray) -> np.ndarray:
    state = (state ^ state >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ state >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return state ^ state >> np.uint64(31)
