"""The quickstart's pictures: accuracy by epoch."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...utils.files import save_figure
from .figures import FIGURES, evaluations
from .runs import labels


def plot_methods(scalars: dict, out: Path) -> None:
    """One run of each method: a panel a figure."""
    names = labels()
    figure = Figure(figsize=(9, 3.6), layout='constrained')
    axes = figure.subplots(1, 2)
    for ax, (key, title) in zip(axes, FIGURES.items()):
        for method, lines in scalars.items():
            _draw(ax, lines, key, label=names[method], marker='o', ms=3)
        _finish(ax, f'{title} on Fashion-MNIST')
    save_figure(figure, out)


def plot_pairs(scalars: dict, pairs: list[tuple[str, str]], out: Path) -> None:
    """20-NN of every seed: a panel a pair.

    Args:
        scalars: The lines of each run, by method and seed.
        pairs: Keys of the base and of its RegionCL version, a panel each.
        out: Picture to write.
    """
    columns = min(len(pairs), 3)
    rows = -(-len(pairs) // columns)
    size = (max(3.8 * columns, 5.5), 3.4 * rows + 0.3)
    figure = Figure(figsize=size, layout='constrained')
    axes = figure.subplots(rows, columns, squeeze=False)
    names = labels()
    for ax in axes.flat[len(pairs) :]:
        ax.set_visible(False)
    several = False
    for ax, pair in zip(axes.flat, pairs):
        for method, color in zip(pair, ('C0', 'C1')):
            runs = scalars[method].values()
            if not runs:
                continue
            style = dict(color=color, label=names[method], marker='o', ms=4)
            _draw(ax, _mean(runs), 'knn20', lw=2.4, **style)
            if len(runs) > 1:
                several = True
                for lines in runs:
                    _draw(ax, lines, 'knn20', color=color, lw=0.8, alpha=0.6)
        _finish(ax, ' and '.join(names[method] for method in pair))
    figure.suptitle(
        '20-NN on Fashion-MNIST'
        + ('; thin: each seed, thick: their mean' if several else '')
    )
    save_figure(figure, out)


def _mean(runs: Iterable[list[dict]]) -> list[dict]:
    """The runs' mean accuracy, as lines of a log."""
    by_step: dict[int, list[dict]] = {}
    for lines in runs:
        for line in evaluations(lines):
            by_step.setdefault(line['step'], []).append(line)
    return [
        dict(
            {key: statistics.mean(x[key] for x in found) for key in FIGURES},
            step=step,
        )
        for step, found in sorted(by_step.items())
    ]


def _draw(ax: Axes, lines: list[dict], key: str, **style) -> None:
    found = evaluations(lines)
    steps = [line['step'] for line in found]
    ax.plot(steps, [line[key] for line in found], **style)


def _finish(ax: Axes, title: str) -> None:
    ax.set(title=title, xlabel='epoch', ylabel='top-1 accuracy, %')
    ax.xaxis.set_major_locator(MaxNLocator('auto', integer=True))
    ax.grid(alpha=0.3)
    if ax.lines:
        ax.legend()
