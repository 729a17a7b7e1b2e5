"""The figures that the quickstart draws from its runs' logs."""

from __future__ import annotations

import statistics

# Accuracies in percent, as logged.
FIGURES = dict(knn20='20-NN', knn100='100-NN')
PARTS = ('random', 'base', 'regioncl', 'difference')


def evaluations(lines: list[dict]) -> list[dict]:
    """The lines that hold accuracies, of those that a run logged.

    Raises:
        ValueError: If there are none.
    """
    found = [line for line in lines if all(key in line for key in FIGURES)]
    if not found:
        raise ValueError(
            f'a run logged no {" and ".join(FIGURES)}, which the quickstart '
            'compares; leave these `k` to KNNHook'
        )
    return found


def seconds_per_epoch(lines: list[dict]) -> float:
    """Mean seconds an epoch of training alone."""
    iterations = [line for line in lines if 'time' in line]
    last_epoch = max(line['epoch'] for line in iterations)
    last_iter = max(line['iter'] for line in iterations)
    seconds = statistics.mean(line['time'] for line in iterations)
    return seconds * last_iter / last_epoch


def describe(lines: list[dict]) -> str:
    """A run's accuracies in a few words."""
    last = evaluations(lines)[-1]
    return ', '.join(f'{FIGURES[key]} {last[key]:.1f}' for key in FIGURES)


def over_seeds(values: dict) -> dict:
    """Values by seed with their mean and sample standard deviation."""
    return dict(
        values=values,
        mean=statistics.mean(values.values()) if values else None,
        std=statistics.stdev(values.values()) if len(values) > 1 else None,
    )


def compare(base: dict, regioncl: dict) -> dict:
    """A pair's figures over the seeds, from the scalars of each seed."""
    both = {**base, **regioncl}
    result = dict(
        epochs=max(
            (evaluations(lines)[-1]['step'] for lines in both.values()),
            default=None,
        )
    )
    for key in FIGURES:
        last = [
            {seed: evaluations(x)[-1][key] for seed, x in runs.items()}
            for runs in (base, regioncl)
        ]
        parts = (
            # Epoch 0: the same weights in both, before any step.
            {seed: evaluations(x)[0][key] for seed, x in both.items()},
            *last,
            {s: last[1][s] - last[0][s] for s in base if s in regioncl},
        )
        result[key] = {p: over_seeds(v) for p, v in zip(PARTS, parts)}
    result['seconds_per_epoch'] = {
        part: over_seeds({s: seconds_per_epoch(x) for s, x in runs.items()})
        for part, runs in (('base', base), ('regioncl', regioncl))
    }
    return result


def summarise(scalars: dict, pairs: list[tuple[str, str]]) -> dict:
    """Means by method, and under ``pairs`` all that lies behind them.

    A method without a finished run has no mean; ``random`` is that of the
    first pair that ran.
    """
    compared = {
        regioncl: dict(base=base, **compare(scalars[base], scalars[regioncl]))
        for base, regioncl in pairs
    }
    summary: dict[str, dict] = {
        key: {} for key in (*FIGURES, 'seconds_per_epoch')
    }
    for regioncl, pair in compared.items():
        names = dict(random='random', base=pair['base'], regioncl=regioncl)
        for key, means in summary.items():
            for part, name in names.items():
                mean = pair[key].get(part, over_seeds({}))['mean']
                if mean is not None:
                    means.setdefault(name, mean)
    return dict(summary, pairs=compared)
