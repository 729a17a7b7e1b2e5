"""The quickstart's tables, from what figures.summarise returns."""

from __future__ import annotations

from typing import Sequence

from .figures import DIFFERENCES, FIGURES, epochs_by_part
from .runs import labels

# In their order; differences stand beside what they are to.
COLUMNS = {
    'random': 'random init.',
    'regioncl': 'RegionCL',
    'base': 'base, equal epochs',
    'difference': 'difference',
    'base_equal_time': 'base, equal time',
    'difference_equal_time': 'difference',
}


def print_methods(summary: dict) -> None:
    """The table of one seed: a row a method."""
    names = labels()
    titles = ['', 'epochs', *FIGURES.values(), 's/epoch']
    rows = [titles]
    for method in summary['knn20']:
        epochs = summary['epochs'].get(method)
        seconds = summary['seconds_per_epoch'].get(method)
        rows.append(
            [
                names[method],
                str(epochs or 0),
                *(f'{summary[key][method]:.2f}' for key in FIGURES),
                f'{seconds:.1f}' if seconds else '-',
            ]
        )
    print('', as_text(rows, 1), sep='\n')


def table(compared: dict, num_seeds: int) -> list[list[str]]:
    """Rows of cells: headings, then a row a figure of each pair.

    Args:
        compared: What ``summarise`` has under ``pairs``.
        num_seeds: How many a method has if no run failed.
    """
    names = labels()
    rows = [['', '', *COLUMNS.values()]]
    for regioncl, pair in compared.items():
        both = f'{names[pair["base"]]}, {names[regioncl]}'
        for name, (key, heading) in zip(
            (both, *[''] * len(FIGURES)), FIGURES.items()
        ):
            cells = [
                difference(pair[key][part])
                if part in DIFFERENCES
                else value(pair[key][part], num_seeds)
                for part in COLUMNS
            ]
            rows.append([name, heading, *cells])
        epochs, seconds = epochs_by_part(pair), pair['seconds_per_epoch']
        rows.append(
            ['', 'epochs', *(str(epochs.get(x) or '') for x in COLUMNS)]
        )
        rows.append(
            [
                *('', 's/epoch'),
                *(
                    value(seconds[x], num_seeds) if x in seconds else ''
                    for x in COLUMNS
                ),
            ]
        )
    return rows


def by_seed(compared: dict, seeds: Sequence[int]) -> list[list[str]]:
    """20-NN of every run: headings, then three rows a pair.

    Args:
        compared: What ``summarise`` has under ``pairs``.
        seeds: All; a run that failed has an empty cell.
    """
    names = labels()
    rows = [['20-NN by seed', *map(str, seeds)]]
    for regioncl, pair in compared.items():
        epochs = epochs_by_part(pair)
        methods = dict(
            base=pair['base'], regioncl=regioncl, base_equal_time=pair['base']
        )
        for part, method in methods.items():
            values = pair['knn20'][part]['values']
            cells = (f'{values[x]:.2f}' if x in values else '' for x in seeds)
            trained = f', {epochs[part]} epochs' if epochs[part] else ''
            rows.append([names[method] + trained, *cells])
    return rows


def value(figure: dict, num_seeds: int) -> str:
    """A mean and the deviation over seeds, as ``73.0 ± 2.0``."""
    if not figure['values']:
        return 'failed'
    text = f'{figure["mean"]:.1f}'
    if figure['std'] is not None:
        text += f' ± {figure["std"]:.1f}'
    found = len(figure['values'])
    return text if found == num_seeds else f'{text} ({found})'


def difference(figure: dict) -> str:
    """A mean, its standard error, and how often it is a gain.

    As ``+3.0 ± 1.2, 3/3``; of one seed the difference alone.
    """
    if not figure['values']:
        return 'failed'
    text = f'{figure["mean"]:+.1f}'
    if figure['stderr'] is None:
        return text
    ahead = sum(x > 0 for x in figure['values'].values())
    return f'{text} ± {figure["stderr"]:.1f}, {ahead}/{len(figure["values"])}'


def as_text(rows: list[list[str]], names: int = 2) -> str:
    """The table for a terminal.

    Args:
        rows: Of cells.
        names: How many columns are words, which begin at the left.
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        left = [f'{c:{w}}' for c, w in zip(row[:names], widths)]
        right = [f'{c:>{w}}' for c, w in zip(row[names:], widths[names:])]
        lines.append('  '.join(left + right).rstrip())
    return '\n'.join(lines)


def as_markdown(rows: list[list[str]], texts: int = 2) -> str:
    """The table for a document, its first columns texts."""
    rule = ['---'] * texts + ['--:'] * (len(rows[0]) - texts)
    lines = [rows[0], rule, *rows[1:]]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
