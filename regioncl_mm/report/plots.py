"""Figures 1 and 4, drawn anew."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from ..utils.files import save_figure
from .points import Point, papers_pairs

GRADIENTS = 'object_gradients.json'  # of tools/analysis/object_gradients.py
COLORS = ('C0', 'C2', 'C1')


def trade_off(paper: list[Point], ours: list[Point]) -> Figure:
    """Draw Figure 1: an arrow from each base method to RegionCL on it."""
    figure = Figure(figsize=(6, 4.4), layout='constrained')
    ax = figure.subplots()
    for points, filled in ((paper, False), (ours, True)):
        found: dict[str, list[Point]] = {}
        for point in points:
            found.setdefault(point.method, []).append(point)
        for color, (base, regioncl) in zip(COLORS, papers_pairs().items()):
            for method, marker in ((base, 'o'), (regioncl, '*')):
                draw_points(ax, found.get(method, []), color, marker, filled)
            if not filled and found.keys() >= {base, regioncl}:
                arrow(ax, found[base][0], found[regioncl][0], color)
    ax.plot([], [], 'ko', mfc='none', label="the paper's (Tables 1 and 4)")
    if ours:
        ax.plot([], [], 'ko', label='ours')
    ax.set(
        title='Figure 1: classification and detection',
        xlabel='ImageNet linear classification, top-1 in %',
        ylabel='COCO Mask R-CNN C4 1x, box AP in %',
    )
    ax.margins(0.15)
    ax.grid(alpha=0.3)
    ax.legend(loc='upper left')
    return figure


def draw_points(
    ax: Any, points: list[Point], color: str, marker: str, filled: bool
) -> None:
    """Draw a method's points; the paper's are hollow and have its name."""
    size = 15 if marker == '*' else 9
    for point in points:
        ax.plot(
            *(point.top1, point.ap, marker),
            color=color,
            ms=size,
            mfc=color if filled else 'none',
        )
        if not filled:
            ax.annotate(
                point.method,
                (point.top1, point.ap),
                (0, 9),
                textcoords='offset points',
                ha='center',
                fontsize=9,
            )


def arrow(ax: Any, start: Point, end: Point, color: str) -> None:
    """Draw an arrow from one point to another."""
    style = dict(arrowstyle='->', color=color, alpha=0.6, shrinkA=8, shrinkB=8)
    ax.annotate(
        '', (end.top1, end.ap), (start.top1, start.ap), arrowprops=style
    )


def find_gradients(paths: list[Path]) -> tuple[list[dict], list[str]]:
    """Read what the gradient tool wrote below the folders.

    Returns:
        Contents, and a warning for each file that is none.
    """
    found, warnings = [], []
    for path in paths:
        files = [path] if path.name == GRADIENTS else path.rglob(GRADIENTS)
        for file in sorted(files):
            try:
                content = json.loads(file.read_text('utf-8'))
                for run in content['runs']:
                    assert len(run['epochs']) == len(run['inside'])
                    assert len(run['epochs']) == len(run['outside'])
                    assert len(run['knn_epochs']) == len(run['knn20'])
            except (OSError, ValueError, KeyError, TypeError, AssertionError):
                warnings.append(
                    f'{file} was left out: it is not what '
                    'tools/analysis/object_gradients.py writes'
                )
            else:
                found.append(content)
    return found, warnings


def gradients(content: dict) -> Figure:
    """Draw Figure 4: kNN accuracy and gradients on objects, by epoch."""
    figure = Figure(figsize=(9, 3.6), layout='constrained')
    axes = figure.subplots(1, 2)
    for number, run in enumerate(content['runs']):
        style: dict[str, Any] = dict(color=f'C{number}', marker='o', ms=4)
        label = run['name']
        axes[0].plot(run['knn_epochs'], run['knn20'], label=label, **style)
        axes[1].plot(
            run['epochs'], run['inside'], label=f'{label}, inside', **style
        )
        axes[1].plot(
            *(run['epochs'], run['outside'], '--'),
            label=f'{label}, outside',
            alpha=0.6,
            **style,
        )
    axes[0].set(title='kNN accuracy', ylabel='20-NN top-1 in %')
    axes[1].set(title='Gradients on objects', ylabel=content.get('unit', ''))
    if any(run['knn20'] for run in content['runs']):
        axes[1].set_xlim(axes[0].get_xlim())
    for ax in axes:
        ax.set_xlabel('epoch')
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(alpha=0.3)
        if ax.lines:
            ax.legend(fontsize=8)
    return figure


def as_svg(figure: Figure) -> str:
    """A figure to be put into a page; texts stay texts."""
    file = io.StringIO()
    with matplotlib.rc_context({'svg.fonttype': 'none'}):
        figure.savefig(file, format='svg', metadata=dict(Date=None))
    text = file.getvalue()
    return text[text.index('<svg') :]


def save(figure: Figure, path: Path) -> None:
    """Write a figure to a picture file, whose folder is made."""
    save_figure(figure, path)
