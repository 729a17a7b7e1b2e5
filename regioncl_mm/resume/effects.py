"""What another batch does to a run that goes on, in words."""

from __future__ import annotations

from typing import Any

from torch import nn


def effect_of_batch(
    saved: dict[str, Any],
    now: dict[str, Any],
    rates: tuple[float, float],
    model: nn.Module,
) -> str:
    """Say what an update, the rate and the queue are, beside before.

    Args:
        saved: The conditions of the checkpoint.
        now: Those of this run.
        rates: The first rate of the checkpoint's optimizer, before any
            schedule, and that of this run's.
        model: This run's, without a wrapper.
    """
    step_before, step = (
        x['batch_size'] * x['processes'] for x in (saved, now)
    )
    before = step_before * saved['accumulation']
    images = step * now['accumulation']
    if images == before:
        return f'An update has {images} images, as before'
    said = [f'An update has {images} images instead of {before}']
    old, rate = rates
    linear = old * images / before
    if rate == old:
        said.append(
            f'the rate stays {rate:g}, where the linear rule has {linear:g} '
            '(--auto-scale-lr)'
        )
    else:
        said.append(f'the rate is {rate:g} instead of {old:g}')
    keys = getattr(model, 'queue_len', 0)
    if keys and step != step_before:
        said.append(
            f'the queue of {keys} keys is filled anew in {-(-keys // step)} '
            f'steps instead of {-(-keys // step_before)}'
        )
    return '; '.join(said)
