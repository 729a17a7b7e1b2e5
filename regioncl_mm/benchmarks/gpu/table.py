"""The table that stands at the end."""

from __future__ import annotations

import statistics
from typing import Any, Iterator

from .plan import CIFAR10, STEPS, TESTS
from .stages import DONE, Outcome

AIM = 1740
AIMS_SOURCE = "an H100 figure rescaled from the paper's peers"
ROLES = ('A', 'B', 'C', 'D-off', 'D', 'D2')
RATIOS = dict(
    R1="ours, regions off, to mmpretrain's MoCo",
    R2="ours, RegionCL-M, to the authors'",
    R3='RegionCL-M to regions off, both ours',
)


def table(
    about: dict[str, Any], installing: float, outcomes: dict[str, Outcome]
) -> list[str]:
    """The lines of the table.

    Args:
        about: Versions and device, by name.
        installing: The seconds that it took.
        outcomes: What became of each stage, by its name.
    """
    lines = [', '.join(f'{name} {value}' for name, value in about.items())]
    lines.append(f'{"stage":16s} {"s":>6s}  result')
    lines.append(f'{"install":16s} {installing:6.0f}  done')
    for name, outcome in outcomes.items():
        said = ': '.join(filter(None, (outcome.status, outcome.reason)))
        lines.append(f'{name:16s} {outcome.seconds:6.0f}  {said}')
        lines += [f'    {line}' for line in details(name, outcome.figures)]
    if any(f'of {AIM:,}' in line for line in lines):
        lines.append(f'{AIM:,} images/s: {AIMS_SOURCE}')
    return lines


def details(name: str, figures: dict[str, Any]) -> Iterator[str]:
    """What was found in a stage."""
    if not figures:
        return
    if name == TESTS:
        yield ', '.join(f'{n} {word}' for word, n in figures['counts'].items())
        yield from (f'failed: {test}' for test in figures['failed'])
    elif name in STEPS:
        yield from steps(figures)
    elif name == CIFAR10:
        yield from trainings(figures)


def steps(figures: dict[str, Any]) -> Iterator[str]:
    """What a step costs, a contestant a line."""
    for role in ROLES:
        if role not in figures:
            continue
        found = figures[role]
        rate = found['images_per_s']
        words = [
            f'{found["name"]:32s} {rate:9,.1f} images/s',
            f'{found["peak_bytes"] / 2**30:.2f} GiB',
        ]
        if found['waits'] is not None:  # on a GPU
            words.append(f'{found["waits"]} waits a step')
            if role in ('D', 'D2'):
                words.append(f'{rate / AIM:.2f} of {AIM:,}')
        yield ', '.join(words)
    for ratio, meaning in RATIOS.items():
        if ratio in figures:
            yield f'{ratio} = {figures[ratio]:.3f} ({meaning}; time)'
    if 'D' in figures and 'D2' in figures:
        memory = figures['D2']['peak_bytes'] / figures['D']['peak_bytes']
        yield f'memory in two phases to one: {memory:.2f}'
    if 'left_out' in figures:
        yield f'left out: {figures["left_out"]}'


def trainings(figures: dict[str, Any]) -> Iterator[str]:
    """What was learnt, a method a line."""
    epochs = figures['epochs']
    for name, found in figures['methods'].items():
        knn = ', '.join(f'{k[3:]}-NN {v:.2f}' for k, v in found['knn'].items())
        median = statistics.median(found['seconds'])
        yield f'{name:32s} {epochs} epochs of {median:.2f} s, {knn}'
    if 'difference' in figures:
        yield f'20-NN, RegionCL-M to MoCo v2: {figures["difference"]:+.2f}'


def undone(outcomes: dict[str, Outcome]) -> str:
    """The stages that are not done, in words; none if all are."""
    return ', '.join(
        f'{name} ({outcome.status})'
        for name, outcome in outcomes.items()
        if outcome.status != DONE
    )
