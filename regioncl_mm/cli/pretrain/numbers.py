"""All numbers of a training, chosen one after the other."""

from __future__ import annotations

import argparse
import math
from typing import Callable, NamedTuple, Sequence

from . import choices
from .look import Seen
from .machine import Machine
from .recipes import Recipe


class Numbers(NamedTuple):
    """What was chosen for a training.

    Attributes:
        size: Pixels of a view's side.
        cells: Shortest and longest side of the rectangle.
        batch: Pictures a step, over all processes.
        steps: Steps an epoch.
        epochs: How many.
        rate: The learning rate at its highest.
        queue: Keys in the queue, where there is one.
        momentum: Of a momentum encoder whose momentum is constant; None to
            leave the recipe's.
        seed: Of all random numbers.
    """

    size: int
    cells: tuple[int, int]
    batch: int
    steps: int
    epochs: int
    rate: float
    queue: int
    momentum: float | None
    seed: int


def choose_numbers(
    args: argparse.Namespace,
    machine: Machine,
    recipe: Recipe,
    size: int,
    sides: list[int],
    names: Sequence[str],
    seen: Seen,
    bytes_of: tuple[int, int],
    say: Callable[..., None],
) -> Numbers:
    """Choose batch, epochs, rate and queue, and say so.

    Raises:
        ValueError: If there are not two batches of different pictures.
    """
    meant_for = recipe.schedule.auto_scale_lr.base_batch_size
    batch = choices.choose_batch(
        args.batch_size, len(names), machine, meant_for, bytes_of
    )
    whole = seen.looked_at - len(seen.broken)
    different = math.ceil(len(names) * seen.different / whole)
    if different < 2 * batch.value:
        raise ValueError(
            f'of {len(names):,} pictures only {different:,} look different, '
            f'fewer than two batches of {batch.value}: copies of one picture '
            'would be told apart from each other. Remove the copies, or take '
            'a smaller --batch-size'
        )
    say('batch', batch.value, batch.why)
    workers = machine.workers
    say(
        'workers',
        workers,
        'a process' if workers else 'the CPU has enough to do',
    )
    steps = (
        len(names) // machine.processes // (batch.value // machine.processes)
    )
    epochs = choices.choose_epochs(args.epochs, steps, machine)
    say('epochs', epochs.value, epochs.why)
    rate, usual, meant_for = choices.rate_for(recipe, batch.value)
    kind = recipe.schedule.optim_wrapper.optimizer.type
    say(
        'rate',
        f'{rate:g}',
        f"{kind}'s {usual:g} is for {meant_for:,} pictures a step, and the "
        'rate is in proportion',
    )
    queue, momentum = 0, None
    length = recipe.cfg.model.get('queue_len')
    if length:
        chosen = choices.choose_queue(len(names), batch.value, length)
        queue = chosen.value
        say('queue', f'{queue:,} keys', chosen.why)
    short = epochs.value * steps < choices.SHORT_RUN
    if short and recipe.cfg.model.get('momentum'):
        momentum = choices.HURRIED_MOMENTUM
        say(
            'momentum',
            momentum,
            f'not {recipe.cfg.model.momentum:g}: the run is short',
        )
    return Numbers(
        size=size,
        cells=(sides[0], sides[1]),
        batch=batch.value,
        steps=steps,
        epochs=epochs.value,
        rate=rate,
        queue=queue,
        momentum=momentum,
        seed=args.seed or 0,
    )
