"""Whether what was sampled of a run stays where it is."""

from __future__ import annotations

import statistics
from typing import NamedTuple, Sequence

TOLERANCE = 0.02
MIB = 2**20
# What is judged: how it is called, and what it is divided by.
LEVELS = {
    'memory': ('memory, MiB', MIB),
    'shared': ('shared memory, MiB', MIB),
    'dev_shm': ('all in /dev/shm, MiB', MIB),
    'descriptors': ('descriptors', 1),
    'threads': ('threads', 1),
    'processes': ('processes', 1),
}


class Row(NamedTuple):
    """A quantity at the beginning and at the end.

    Attributes:
        name: With its unit.
        first: In the first third of the time after the warm-up.
        last: In the last third.
        least: What is less than this is no change, however few there are.
    """

    name: str
    first: float
    last: float
    least: float = 0.0

    @property
    def change(self) -> float:
        """As a share of what it was first."""
        if self.first == self.last:
            return 0.0
        return self.last / self.first - 1 if self.first else float('inf')

    @property
    def is_flat(self) -> bool:
        """Whether the change is 2 % at most, either way."""
        if abs(self.last - self.first) < self.least:
            return True
        return abs(self.change) <= TOLERANCE

    def __str__(self) -> str:
        return (
            f'{self.name:24}{self.first:12,.1f}{self.last:12,.1f}'
            f'{self.change:+10.1%}   {"flat" if self.is_flat else "NOT FLAT"}'
        )


def judge(samples: Sequence[dict], warmup: float) -> list[Row]:
    """Compare the first third with the last.

    Args:
        samples: In the order of time, each with ``seconds`` since its
            first, ``steps`` done and the keys of :data:`LEVELS`.
        warmup: Seconds that are left out.

    Returns:
        A row a quantity: medians over the thirds, and of the steps a second
        the means.

    Raises:
        ValueError: If there are fewer than six samples after the warm-up.
    """
    samples = [s for s in samples if s['seconds'] >= warmup]
    third = len(samples) // 3
    if third < 2:
        raise ValueError(
            f'{len(samples)} samples after the warm-up are too few to compare '
            'a first third with a last; run longer, or sample more often'
        )
    ends = samples[:third], samples[-third:]
    rows = []
    for key, (name, unit) in LEVELS.items():
        first, last = (
            statistics.median(s[key] / unit for s in end) for end in ends
        )
        rows.append(Row(name, first, last, least=1))
    speeds = [
        (end[-1]['steps'] - end[0]['steps'])
        / (end[-1]['seconds'] - end[0]['seconds'])
        for end in ends
    ]
    return [*rows, Row('steps a second', *speeds)]
