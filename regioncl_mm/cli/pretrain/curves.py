"""How a training went, drawn from its logs."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Collection

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...utils.logs import begun, find_logs, first_step, read_log

SIMILARITIES = 'sim_'
SPREAD = 'embedding_std'


def read_scalars(work_dir: Path, earlier: Collection[str] = ()) -> list[dict]:
    """All lines that a training in a folder has logged, in order.

    One that was resumed goes on from the last; what that had logged beyond is
    left out.

    Args:
        work_dir: The folder.
        earlier: Names of the folders in it that have the logs of others.
    """
    found: list[dict] = []
    for file in find_logs(work_dir):
        if begun(file) in earlier:
            continue
        lines = read_log(file)
        places = [place(line) for line in lines]
        if begin := first_step(lines):
            # What it trains is evaluated at the end of this epoch, or later.
            places.append(('knn', begin[0]))
        firsts = {
            key: min((x for kind, x in places if kind == key), default=inf)
            for key in ('iter', 'knn')
        }
        found = [x for x in found if place(x)[1] < firsts[place(x)[0]]]
        found += lines
    return found


def place(line: dict) -> tuple[str, float]:
    """Whether a line is of a step or of a kNN, and of which one."""
    return ('iter' if 'loss' in line else 'knn'), line.get('step', 0)


def series(lines: list[dict], key: str) -> tuple[list, list]:
    """Steps, or epochs of the kNN, and the values of a name."""
    found = sorted((x['step'], x[key]) for x in lines if key in x)
    return [x for x, _ in found], [y for _, y in found]


def panels(lines: list[dict]) -> dict[str, list[str]]:
    """The names that are drawn together, by their panel's title."""
    names = sorted({key for line in lines for key in line})
    losses = [x for x in names if x.startswith('loss')]
    found = {
        'losses': losses,
        'mean cosines': [x for x in names if x.startswith(SIMILARITIES)],
        'spread of embeddings; 0 is collapse': [
            x for x in names if x == SPREAD
        ],
        'learning rate': [x for x in names if x == 'lr'],
        'kNN accuracy by epoch, %': [x for x in names if x.startswith('knn')],
    }
    return {title: keys for title, keys in found.items() if keys}


def draw_curves(lines: list[dict]) -> Figure:
    """A panel for each kind of number."""
    drawn = panels(lines)
    columns = min(3, max(1, len(drawn)))
    rows = max(1, -(-len(drawn) // columns))
    figure = Figure(figsize=(4.4 * columns, 3.2 * rows), layout='constrained')
    axes = figure.subplots(rows, columns, squeeze=False).flat
    for ax, (title, keys) in zip(axes, drawn.items()):
        for key in keys:
            steps, values = series(lines, key)
            few = 'o' if len(steps) < 20 else None
            ax.plot(steps, values, marker=few, ms=3, lw=1.2, label=key)
        ax.set(title=title, xlabel='epoch' if 'epoch' in title else 'step')
        ax.xaxis.set_major_locator(MaxNLocator('auto', integer=True))
        ax.grid(alpha=0.3)
        if len(keys) > 1:
            ax.legend(fontsize=8)
    for ax in list(figure.axes)[len(drawn) :]:
        ax.set_visible(False)
    return figure
