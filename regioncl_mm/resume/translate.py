"""A checkpoint in the terms of a run with other batches, epochs or rates."""

from __future__ import annotations

from typing import Any, NamedTuple

from mmengine.model import BaseAveragedModel
from mmengine.runner import EpochBasedTrainLoop
from torch import nn

from .differences import WAYS
from .effects import effect_of_batch
from .schedules import wind_forward


class Place(NamedTuple):
    """Where a run is.

    Attributes:
        epoch: Epochs that are over; 0 in a run that counts iterations.
        step: Steps that are over since then.
        iteration: All steps that are over.
    """

    epoch: int
    step: int
    iteration: int


def place_of(meta: dict, saved: dict, by_epoch: bool) -> Place:
    """Where the run of a checkpoint was, in steps of that run.

    One that counted iterations has no epochs; they are counted here if the
    run that goes on has them.

    Args:
        meta: The checkpoint's.
        saved: Its conditions.
        by_epoch: Whether the run counts epochs.
    """
    epoch, iteration = meta['epoch'] if by_epoch else 0, meta['iter']
    length = saved['steps_per_epoch']
    step = iteration - epoch * length
    if by_epoch and step > length:
        further, step = divmod(step, length)
        epoch += further
    return Place(epoch, step, iteration)


def same_place(place: Place, saved: dict, now: dict, by_epoch: bool) -> Place:
    """The same place of the data in a run of other conditions.

    In the middle of an epoch it is at the same image or, where batches do not
    begin there, less than a batch before it; in a run that counts iterations
    at the same iteration.
    """
    if not by_epoch:
        return place
    before, length = saved['steps_per_epoch'], now['steps_per_epoch']
    images = [x['batch_size'] * x['processes'] for x in (saved, now)]
    if place.step == before:  # only the end of the epoch is to come
        step = length
    elif saved['images'] == now['images']:
        step = min(place.step * images[0] // images[1], length)
    else:
        step = place.step * length // before
    return Place(place.epoch, step, place.epoch * length + step)


def content_of_old(checkpoint: dict, now: dict) -> dict[str, Any]:
    """What a checkpoint without conditions would say of them.

    It is taken for one of this run's conditions, unless its count of
    iterations is that of whole epochs of another length.
    """
    epoch, iteration = checkpoint['meta']['epoch'], checkpoint['meta']['iter']
    steps = now['steps_per_epoch']
    if epoch and not 0 <= iteration - epoch * steps <= steps:
        steps = iteration // epoch
    return dict(conditions={**now, 'steps_per_epoch': steps}, gradients=[])


def translate(
    runner, checkpoint: dict, model: nn.Module, now: dict[str, Any]
) -> str:
    """Turn a checkpoint into one of a run under this run's conditions.

    Args:
        runner: Whose schedules are at their beginning.
        checkpoint: Is changed: its place, momentum, rates and schedules.
        model: The runner's, without a wrapper.
        now: The conditions.

    Returns:
        What has come of it, in words.
    """
    by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
    saved = checkpoint['resume']['conditions']
    before = place_of(checkpoint['meta'], saved, by_epoch)
    after = same_place(before, saved, now, by_epoch)
    checkpoint['meta'].update(epoch=after.epoch, iter=after.iteration)
    _move_averages(checkpoint['state_dict'], before, after, model)
    optimizer = runner.optim_wrapper.optimizer
    rate = _first_rate(optimizer.param_groups)
    held = checkpoint.get('optimizer', {}).get('param_groups')
    rates = _first_rate(held) if held else rate, rate
    _reschedule(
        checkpoint,
        runner.param_schedulers,
        optimizer,
        after,
        now['steps_per_epoch'],
    )
    return (
        f'Iteration {before.iteration} is {after.iteration} of this run; '
        'schedules and momentum are where the whole of it has them. '
        + effect_of_batch(saved, now, rates, model)
    )


def keep_ways(checkpoint: dict, groups: list[dict]) -> None:
    """Give a checkpoint's optimizer this run's ways to compute an update.

    Args:
        checkpoint: Is changed.
        groups: The parameter groups of this run's optimizer.
    """
    held = checkpoint.get('optimizer', {}).get('param_groups', [])
    for old, new in zip(held, groups):
        old.update({key: new[key] for key in WAYS & new.keys()})


def _first_rate(groups: list[dict]) -> float:
    """The rate of the first parameters, before any schedule."""
    return groups[0].get('initial_lr', groups[0]['lr'])


def _move_averages(
    state_dict: dict, before: Place, after: Place, model: nn.Module
) -> None:
    """Let averages of the model have the same share of their steps."""
    for name, module in model.named_modules():
        steps = state_dict.get(f'{name}.steps')
        if isinstance(module, BaseAveragedModel) and steps is not None:
            share = after.iteration / max(before.iteration, 1)
            steps.copy_((steps * share).round())


def _reschedule(
    checkpoint: dict, schedulers: Any, optimizer: Any, place: Place, steps: int
) -> None:
    """Give a checkpoint the numbers of this run's optimizer and schedules.

    Args:
        checkpoint: Is changed.
        schedulers: This run's, at its beginning, or None.
        optimizer: Theirs.
        place: Where the run is.
        steps: How many steps an epoch has.
    """
    groups: list[dict] = [
        {k: v for k, v in group.items() if k != 'params'}
        for group in optimizer.param_groups
    ]
    if schedulers:
        states, groups = wind_forward(
            schedulers, place.epoch, steps, place.step
        )
        checkpoint['param_schedulers'] = states
    held = checkpoint.get(
        'optimizer', dict(param_groups=optimizer.param_groups)
    )
    for old, new in zip(held['param_groups'], groups):
        old.update(new)
