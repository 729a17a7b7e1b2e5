"""The quickstart's picture: accuracy by epoch, and by seconds."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...utils.files import save_figure
from .figures import evaluations, fastest
from .runs import labels, longer_key

# The base method, in RegionCL's epochs and in its time, and RegionCL.
STYLES = (
    dict(color='C0', marker='o'),
    dict(color='#62b0e8', marker='s', ls='--'),
    dict(color='C1', marker='o'),
)


def plot_pairs(scalars: dict, pairs: list[tuple[str, str]], out: Path) -> None:
    """20-NN of every seed: a row a pair, by epoch and by seconds of training.

    Args:
        scalars: The lines of each run, by method and seed.
        pairs: Keys of the base and of its RegionCL version.
        out: Picture to write.
    """
    figure = Figure(figsize=(9, 3.4 * len(pairs) + 0.3), layout='constrained')
    axes = figure.subplots(len(pairs), 2, squeeze=False, sharey='row')
    names = labels()
    seeds = 0
    for (by_epoch, by_seconds), (base, regioncl) in zip(axes, pairs):
        methods = [base, longer_key(base), regioncl]
        if scalars[methods[1]] is scalars[base]:
            del methods[1]
        bases = [*scalars[base].values(), *scalars[longer_key(base)].values()]
        for method, style in zip(methods, _styles(len(methods))):
            runs = list(scalars[method].values())
            if not runs:
                continue
            seeds = max(seeds, len(runs))
            style = dict(style, label=names[method])
            _draw(by_epoch, [_points(lines) for lines in runs], **style)
            seconds = fastest(runs if method == regioncl else bases)
            _draw(by_seconds, [_points(x, seconds) for x in runs], **style)
        title = f'{names[base]} and {names[regioncl]}'
        _finish(by_epoch, title, 'epoch')
        _finish(by_seconds, title, 'seconds of training')
        by_epoch.xaxis.set_major_locator(MaxNLocator('auto', integer=True))
        by_epoch.set_ylabel('top-1 accuracy, %')
    figure.suptitle(
        '20-NN on Fashion-MNIST'
        + (f'; thin: {seeds} seeds, thick: their mean' if seeds > 1 else '')
    )
    save_figure(figure, out)


def _styles(count: int) -> Iterable[dict]:
    return STYLES if count == len(STYLES) else (STYLES[0], STYLES[-1])


def _points(lines: list[dict], scale: float = 1) -> list[tuple[float, float]]:
    """Where a run was, and when: epochs times ``scale``, and accuracy."""
    return [(x['step'] * scale, x['knn20']) for x in evaluations(lines)]


def _draw(ax: Axes, runs: list[list[tuple[float, float]]], **style) -> None:
    """The mean of runs that were evaluated equally often, and each."""
    mean = [
        tuple(statistics.mean(x) for x in zip(*points))
        for points in zip(*runs)
    ]
    ax.plot(*zip(*mean), lw=2, ms=4, **style)
    thin = dict(style, label=None, marker='')
    for points in runs if len(runs) > 1 else ():
        ax.plot(*zip(*points), lw=0.8, alpha=0.6, **thin)


def _finish(ax: Axes, title: str, xlabel: str) -> None:
    ax.set(title=title, xlabel=xlabel)
    ax.grid(alpha=0.3)
    if ax.lines:
        _zoom(ax)
        ax.legend(loc='lower right')


def _zoom(ax: Axes) -> None:
    """Show what training does, and a legend below it.

    Random weights may be far down.
    """
    points = np.concatenate([line.get_xydata() for line in ax.lines])
    trained = points[points[:, 0] > 0, 1]
    if len(trained):
        low, high = trained.min(), trained.max()
        height = high - low + 0.1
        ax.set_ylim(low - 0.5 * height, high + 0.1 * height)
