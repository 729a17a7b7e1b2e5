"""What the quickstart says below its table."""

from __future__ import annotations

from typing import Sequence

from .runs import Run, labels
from .tables import difference, value


def notes(
    seeds: Sequence[int], jobs: int, kept: list[Run], failed: list[Run]
) -> list[str]:
    """What a reader of the table must know, a line each."""
    one = len(seeds) == 1
    lines = [
        'Accuracy in percent on held-out images of Fashion-MNIST; '
        + (
            f'seed {seeds[0]}.'
            if one
            else 'mean ± sample standard deviation over seeds '
            f'{seeds[0]} to {seeds[-1]}.'
        ),
        'Difference: RegionCL minus base'
        + (
            '.'
            if one
            else ', seed by seed: mean ± standard error, and in how many of '
            'the seeds RegionCL is ahead.'
        ),
        'Equal time: the base method with as many epochs as took the seconds '
        "of RegionCL's, by the fastest run of each, evaluations left out.",
        'Canvas, paste: images to classify of which a part is seen, that '
        'around or in the rectangle of a composite; the same for all methods.',
        'Seconds an epoch: training alone, '
        + (
            'one run at a time.'
            if jobs == 1
            else f'with {jobs} runs side by side, one thread each.'
        ),
    ]
    if kept:
        lines.append(
            f'From an earlier call, seconds too: {len(kept)} of the runs.'
        )
    if failed:
        lines.append(
            f'(n): over n seeds. Failed: {"; ".join(map(str, failed))}.'
        )
    return lines


def transfer_line(found: dict) -> str:
    """What came out of the segmentation of several seeds, in a sentence."""
    names = labels()
    seeds = len(next(iter(found['after'].values()))['values'])
    after = ', '.join(
        f'{names[start]} {value(figure, seeds)}'
        for start, figure in found['after'].items()
    )
    gains = ', '.join(
        f'to {names[start]} {difference(figure)}'
        for start, figure in found['difference'].items()
    )
    return (
        f'Segmentation of toy scenes over {seeds} seeds, {found["metric"]} '
        f'from {after}; RegionCL {gains}.'
    )
