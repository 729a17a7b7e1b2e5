"""A step, and what to say of it when it has gone wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from mmengine.dist import get_rank

from .batch_file import image_names, keep_batch

AT_MOST = 3  # images in one message


class Step(NamedTuple):
    """What is known of a step before its numbers have arrived."""

    number: int  # as in the log, from 1
    names: list[str]  # of its numbers
    batch: Any  # what the loader made
    last: bool = True  # of the steps that are judged together


def describe(step: Step, values: list[float], work_dir: str) -> str:
    """Say what a step's numbers are, and keep its batch.

    Args:
        step: The step.
        values: Its numbers, in the order of their names.
        work_dir: The run's folder; the batch goes to ``non_finite/`` there.
    """
    numbers = dict(zip(step.names, values))
    said = ', '.join(f'{name} is {x:g}' for name, x in numbers.items())
    images = image_names(step.batch)
    shown = ', '.join(images[:AT_MOST]) or 'without names'
    more = f' and {len(images) - AT_MOST} more' * (len(images) > AT_MOST)
    name = f'step_{step.number}_rank_{get_rank()}.pth'
    path = Path(work_dir, 'non_finite', name)
    keep_batch(path, step.batch, step=step.number, numbers=numbers)
    return (
        f'step {step.number} has gone wrong: {said}; its images are '
        f'{shown}{more}, and its batch is kept in {path}'
    )
