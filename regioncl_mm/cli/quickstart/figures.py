"""The figures that the quickstart draws from its runs' logs."""

from __future__ import annotations

import statistics
from typing import Any, Iterable

from .runs import longer_key

# Accuracies in percent, as logged.
FIGURES = dict(
    knn20='20-NN',
    knn100='100-NN',
    knn20_canvas='canvas 20-NN',
    knn20_paste='paste 20-NN',
)
# What a pair's figures are of.
PARTS = ('random', 'base', 'regioncl', 'base_equal_time')
DIFFERENCES = dict(difference='base', difference_equal_time='base_equal_time')


def evaluations(lines: list[dict]) -> list[dict]:
    """The lines that hold accuracies, of those that a run logged.

    Raises:
        ValueError: If there are none.
    """
    found = [line for line in lines if all(key in line for key in FIGURES)]
    if not found:
        raise ValueError(
            f'a run logged no {" and ".join(FIGURES)}, which the quickstart '
            'compares; leave `k` and `partly_visible` to KNNHook'
        )
    return found


def epochs_of(lines: list[dict]) -> int:
    """How many epochs a run has trained."""
    return evaluations(lines)[-1]['step']


def seconds_per_epoch(lines: list[dict]) -> float:
    """Seconds an epoch of training alone.

    A line's ``time`` is the mean of the ten steps that end with it. Their
    median stands for all steps: what other programs hold up for a moment is
    no part of it.
    """
    iterations = [line for line in lines if 'time' in line]
    seconds = statistics.median(line['time'] for line in iterations)
    return seconds * steps_per_epoch(iterations)


def fastest(runs: Iterable[list[dict]]) -> float:
    """Seconds an epoch of the fastest of some runs of a method.

    Other programs can only make a run slower, so this is the nearest to what
    an epoch costs.
    """
    return min(map(seconds_per_epoch, runs))


def steps_per_epoch(iterations: list[dict]) -> float:
    """How many steps an epoch has, by the lines that were logged at steps.

    Every epoch is logged at the same of its steps, and its last one need not
    be among them: so it is what lies between the last lines of two epochs. A
    single epoch counts up to its last line.
    """
    last = {line['epoch']: line['iter'] for line in iterations}
    start, end = min(last), max(last)
    if start == end:
        return last[end] / end
    return (last[end] - last[start]) / (end - start)


def describe(lines: list[dict]) -> str:
    """A run's accuracies in a few words."""
    last = evaluations(lines)[-1]
    return ', '.join(f'{FIGURES[key]} {last[key]:.1f}' for key in FIGURES)


def over_seeds(values: dict) -> dict:
    """Values by seed with mean, sample standard deviation and its error.

    Returns:
        ``values``, ``mean``, ``std`` and ``stderr``, the standard error of
        the mean; None for what so few values do not have.
    """
    std = statistics.stdev(values.values()) if len(values) > 1 else None
    return dict(
        values=values,
        mean=statistics.mean(values.values()) if values else None,
        std=std,
        stderr=None if std is None else std / len(values) ** 0.5,
    )


def compare(base: dict, regioncl: dict, longer: dict) -> dict:
    """A pair's figures over the seeds, from the scalars of each seed.

    Args:
        base: The lines that the base method's runs logged, by seed.
        regioncl: Those of the same epochs with RegionCL.
        longer: Those of the base method in RegionCL's time.
    """
    runs = dict(base=base, regioncl=regioncl, base_equal_time=longer)
    both = [*base.values(), *regioncl.values()]
    result: dict[str, Any] = dict(
        epochs=max(map(epochs_of, both), default=None),
        epochs_equal_time=max(map(epochs_of, longer.values()), default=None),
        seconds_per_epoch={
            part: over_seeds(
                {s: seconds_per_epoch(x) for s, x in found.items()}
            )
            for part, found in runs.items()
        },
    )
    for key in FIGURES:
        values = {
            part: {s: evaluations(x)[-1][key] for s, x in found.items()}
            for part, found in runs.items()
        }
        # Epoch 0: the same weights in both, before any step.
        values['random'] = {
            s: evaluations(x)[0][key] for s, x in {**base, **regioncl}.items()
        }
        ours = values['regioncl']
        for name, part in DIFFERENCES.items():
            other = values[part]
            values[name] = {s: ours[s] - other[s] for s in other if s in ours}
        result[key] = {
            part: over_seeds(values[part]) for part in (*PARTS, *DIFFERENCES)
        }
    return result


def summarise(scalars: dict, pairs: list[tuple[str, str]]) -> dict:
    """Means by method, and under ``pairs`` all that lies behind them.

    A method without a finished run has no mean; ``random`` is that of the
    first pair that ran.
    """
    compared = {
        regioncl: dict(
            base=base,
            **compare(
                scalars[base], scalars[regioncl], scalars[longer_key(base)]
            ),
        )
        for base, regioncl in pairs
    }
    summary: dict[str, dict] = {
        key: {} for key in ('epochs', *FIGURES, 'seconds_per_epoch')
    }
    for regioncl, pair in compared.items():
        base = pair['base']
        names = dict(zip(PARTS, ('random', base, regioncl, longer_key(base))))
        epochs = epochs_by_part(pair)
        for part, name in names.items():
            if not pair['knn20'][part]['values']:
                continue
            if part in epochs:
                summary['epochs'].setdefault(name, epochs[part])
            for key in (*FIGURES, 'seconds_per_epoch'):
                if part in pair[key]:
                    summary[key].setdefault(name, pair[key][part]['mean'])
    return dict(summary, pairs=compared)


def epochs_by_part(pair: dict) -> dict[str, int | None]:
    """How many epochs the runs of a pair had, None if no run has finished."""
    return dict(
        base=pair['epochs'],
        regioncl=pair['epochs'],
        base_equal_time=pair['epochs_equal_time'],
    )
