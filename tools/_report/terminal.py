"""The report for a terminal, about 110 columns wide."""

from __future__ import annotations

import textwrap

from .collect import Line, by_group
from .paper import Table
from .render import LEGEND, body, mark, notes
from .results import Result

WIDTH = 110  # characters


def as_text(table: Table, lines: list[Line]) -> str:
    """One block a group of columns, and what the numbered lines are."""
    parts = [f'Table {table.number} of the paper: {table.title}']
    for part, found in by_group(table, lines):
        rows = [(name, cells) for name, _, cells in body(part, found)]
        heads = [column.label for column in part.columns]
        parts += ['', *aligned([(part.columns[0].group, heads), *rows])]
    texts = notes(lines)
    if lines or table.notes:
        parts.append('')
    for line in lines:
        label = f'ours {mark(line)}: {line.label}'
        parts += wrapped('; '.join([label, *texts[mark(line)]]))
    for note in table.notes:
        parts += wrapped(note)
    return '\n'.join(parts)


def wrapped(text: str) -> list[str]:
    # Paths and names of experiments stay whole.
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent='  ',
        subsequent_indent='    ',
        break_long_words=False,
        break_on_hyphens=False,
    )


def aligned(rows: list[tuple]) -> list[str]:
    """Names to the left, cells to the right."""
    # As narrow as it gets: there may be six of them in a line.
    table = [
        [name, *(cell.replace(' ± ', '±') for cell in cells)]
        for name, cells in rows
    ]
    first, *widths = [max(map(len, column)) for column in zip(*table)]
    return [
        '  '.join(
            [f'{name:{first}}', *(f'{c:>{w}}' for c, w in zip(cells, widths))]
        ).rstrip()
        for name, *cells in table
    ]


def other_runs(results: list[Result]) -> list[str]:
    """Runs of configs that are in no table, a paragraph each."""
    lines = []
    for result in results:
        remarks = [remark.text for remark in result.remarks]
        lines.append('; '.join([result.name, *remarks]))
        lines.append(f'  from {start(result)}, seed {result.seed}')
        width = max(map(len, result.metrics))
        for name, value in result.metrics.items():
            lines.append(f'  {name:{width}}  {change(result, name, value)}')
    return lines


def start(result: Result) -> str:
    """Such as ``RegionCL-M: regioncl-m_…, 42f1010de03f``."""
    method = f'{result.row}: ' if result.experiment and result.row else ''
    return method + result.label


def change(result: Result, name: str, value: float | None) -> str:
    """Before and after training; or after, if the former is not known."""
    before = result.metrics_before.get(name)
    text = 'none' if value is None else f'{value:.4g}'
    return text if before is None else f'{before:.4g} -> {text}'


def whole(tables: list[tuple[Table, list[Line]]], other: list[Result]) -> str:
    parts = [LEGEND]
    parts += ['\n' + as_text(table, lines) for table, lines in tables]
    if other:
        parts += ['\nOther runs', *other_runs(other)]
    return '\n'.join(parts)
