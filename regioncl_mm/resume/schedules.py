"""Schedules of a run, wound forward to a place in it."""

from __future__ import annotations

import copy
import warnings
from types import SimpleNamespace
from typing import Any

from mmengine.optim import _ParamScheduler


def wind_forward(
    schedulers: list[_ParamScheduler], epochs: int, steps: int, further: int
) -> tuple[list[dict], list[dict]]:
    """What a whole run has after some epochs and steps.

    mmengine's schedulers make each value from the one before, so all steps
    are taken, for groups of parameters that are alike together.

    Args:
        schedulers: At the beginning of the run, of one optimizer; they stay
            there, and so does it.
        epochs: How many epochs are over.
        steps: How many steps an epoch has.
        further: How many steps are over since then.

    Returns:
        The schedulers' ``state_dict``, and the parameter groups without
        their parameters.

    Raises:
        ValueError: If a schedule follows what is measured.
    """
    if any(getattr(x, 'need_val_args', False) for x in schedulers):
        raise ValueError(
            'schedules that follow a measurement cannot be wound forward '
            'for other batches, epochs or rates; resume with those of the '
            'checkpoint'
        )
    groups = [
        {k: v for k, v in group.items() if k != 'params'}
        for group in schedulers[0].optimizer.param_groups
    ]
    alike: dict[str, int] = {}
    kind = [alike.setdefault(repr(group), len(alike)) for group in groups]
    firsts = [kind.index(number) for number in range(len(alike))]
    optimizer = SimpleNamespace(
        param_groups=[copy.deepcopy(groups[i]) for i in firsts],
        step=lambda: None,
        _global_step=0,
    )
    wound = [_on(scheduler, optimizer, firsts) for scheduler in schedulers]
    by_step = [x for x in wound if not x.by_epoch]
    by_epoch = [x for x in wound if x.by_epoch]
    with warnings.catch_warnings():
        # They miss the optimizer's own steps.
        warnings.simplefilter('ignore')
        for _ in range(epochs):
            _step(by_step, steps)
            _step(by_epoch, 1)
        _step(by_step, further)
    states = [
        {
            **after.state_dict(),
            'base_values': before.base_values,
            '_last_value': [after._last_value[k] for k in kind],
        }
        for before, after in zip(schedulers, wound)
    ]
    return states, [copy.deepcopy(optimizer.param_groups[k]) for k in kind]


def _on(
    scheduler: _ParamScheduler, optimizer: Any, groups: list[int]
) -> _ParamScheduler:
    """A copy that sets the values of some groups, in another optimizer."""
    twin = copy.copy(scheduler)
    twin.optimizer = optimizer
    twin.base_values = [scheduler.base_values[i] for i in groups]
    return twin


def _step(schedulers: list[_ParamScheduler], times: int) -> None:
    if schedulers:
        for _ in range(times):
            for scheduler in schedulers:
                scheduler.step()
