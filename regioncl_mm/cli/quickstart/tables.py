"""The quickstart's tables, from what figures.summarise returns."""

from __future__ import annotations

from typing import Sequence

from .figures import FIGURES, PARTS
from .runs import Run, labels


def print_methods(summary: dict) -> None:
    """The table of one seed: a row a method."""
    print(f'\n{"":24}{"20-NN":>8}{"100-NN":>8}{"s/epoch":>9}')
    names = labels()
    for method, knn20 in summary['knn20'].items():
        seconds = summary['seconds_per_epoch'].get(method)
        print(
            f'{names[method]:24}'
            f'{knn20:8.2f}{summary["knn100"][method]:8.2f}'
            + (f'{seconds:9.1f}' if seconds else f'{"-":>9}')
        )


def table(compared: dict, num_seeds: int) -> list[list[str]]:
    """Rows of cells: headings, then three rows a pair.

    Args:
        compared: What ``summarise`` has under ``pairs``.
        num_seeds: How many a method has if no run failed.
    """
    names = labels()

    def cell(figure: dict, sign: str = '') -> str:
        if not figure['values']:
            return 'failed'
        text = f'{figure["mean"]:{sign}.1f}'
        if figure['std'] is not None:
            text += f' ± {figure["std"]:.1f}'
        found = len(figure['values'])
        return text if found == num_seeds else f'{text} ({found})'

    rows = [['', '', 'random init.', 'base', 'RegionCL', 'difference']]
    for regioncl, pair in compared.items():
        both = f'{names[pair["base"]]}, {names[regioncl]}'
        epochs = f'epochs: {pair["epochs"]}' if pair['epochs'] else ''
        for name, (key, heading) in zip((both, epochs), FIGURES.items()):
            cells = [cell(pair[key][part]) for part in PARTS[:-1]]
            gain = cell(pair[key]['difference'], '+')
            rows.append([name, heading, *cells, gain])
        seconds = pair['seconds_per_epoch']
        cells = [cell(seconds['base']), cell(seconds['regioncl'])]
        rows.append(['', 's/epoch', '', *cells, ''])
    return rows


def notes(
    seeds: Sequence[int], jobs: int, kept: list[Run], failed: list[Run]
) -> list[str]:
    """What a reader of the table must know, a line each."""
    one = len(seeds) == 1
    lines = [
        'Accuracy in percent on held-out images of Fashion-MNIST; '
        + (
            f'seed {seeds[0]}.'
            if one
            else 'mean ± sample standard deviation over seeds '
            f'{seeds[0]} to {seeds[-1]}.'
        ),
        'Difference: RegionCL minus base'
        + (
            '.'
            if one
            else ', seed by seed; its mean is uncertain by about the ± over '
            f'the root of {len(seeds)}, the number of seeds.'
        ),
        'Seconds an epoch: training alone, '
        + (
            'one run at a time.'
            if jobs == 1
            else f'with {jobs} runs side by side, one thread each.'
        ),
    ]
    if kept:
        lines.append(
            f'From an earlier call, seconds too: {len(kept)} of the runs.'
        )
    if failed:
        lines.append(
            f'(n): over n seeds. Failed: {"; ".join(map(str, failed))}.'
        )
    return lines


def as_text(rows: list[list[str]]) -> str:
    """The table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        left = [f'{c:{w}}' for c, w in zip(row[:2], widths)]
        right = [f'{c:>{w}}' for c, w in zip(row[2:], widths[2:])]
        lines.append('  '.join(left + right).rstrip())
    return '\n'.join(lines)


def as_markdown(rows: list[list[str]]) -> str:
    """The table for a document."""
    rule = ['---', '---', *['--:'] * (len(rows[0]) - 2)]
    lines = [rows[0], rule, *rows[1:]]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
