"""Tables for the terminal: three lines a figure, so that columns align."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from .cells import NOT_RUN, difference, number, other_run
from .collect import Figure, Filled, Line
from .results import Result

WIDTH = 110
LEGEND = (
    "Numbers in percent. Lines with a method's name are the paper's; those "
    'indented below are ours, then ours minus the paper.'
)


def wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent='  ')


class Cell(NamedTuple):
    number: str
    suffix: str = ''  # what sticks out on the right of aligned numbers


def as_text(filled: Filled) -> str:
    table = filled.table
    run, cells = filled.count()
    parts = [
        f'Table {table.number} of the paper: {table.title} '
        f'(ours: {run} of {cells} cells)'
    ]
    parts += [block_as_text(filled, block) for block in table.blocks()]
    notes = map(wrapped, [*table.footnotes(), *filled.remarks])
    parts.append('\n'.join(notes))
    return '\n\n'.join(filter(None, parts))


def block_as_text(filled: Filled, block: list[int]) -> str:
    table = filled.table
    rows: list[tuple[str, list[Cell]]] = []
    not_run = []
    for row, values in filled.rows(block).items():
        paper = [
            Cell(number(values[i]), table.mark(row, table.columns[i].name))
            for i in block
        ]
        rows.append((f'{row}{table.mark(row, None)}, paper', paper))
        ours = ours_below(filled.of_row(row, block), values, block)
        rows += ours
        if not ours:
            not_run.append(row)
    nowhere = [None] * len(table.columns)
    others = ours_below(filled.of_row(None, block), nowhere, block)
    if others:
        rows += [('other checkpoints, ours', [Cell('')] * len(block)), *others]
    lines = aligned(headings(filled, block), rows)
    if not_run:
        is_all = not_run == list(filled.rows(block))
        names = 'all' if is_all else ', '.join(not_run)
        lines.append(wrapped(f'{NOT_RUN}: {names}'))
    return '\n'.join(lines)


def headings(filled: Filled, block: list[int]) -> list[list[str]]:
    columns = [filled.table.columns[i] for i in block]
    groups = [column.group for column in columns]
    return [
        [g if g not in groups[:i] else '' for i, g in enumerate(groups)],
        [c.label + filled.table.mark(None, c.name) for c in columns],
    ]


def ours_below(
    lines: list[Line], paper: list[float | None], block: list[int]
) -> list[tuple[str, list[Cell]]]:
    rows = []
    for line in lines:
        figures = [line.figures[i] for i in block]
        first, second = labels(line, block)
        rows.append((f'  {first}{line.marks}', [ours(f) for f in figures]))
        gaps = [Cell(difference(line.figures[i], paper[i])) for i in block]
        if line.row is not None:
            second += ', difference'
        rows.append((f'  {second}', gaps))
    return rows


def labels(line: Line, block: list[int]) -> tuple[str, str]:
    """The pretraining, and its weights."""
    first = line.first
    if first.sha256 is None:
        return 'random initialisation', line.runs(block)
    name = first.experiment or 'checkpoint'
    if line.row is None and first.method:
        name = f'{first.method}: {name}'
    return name, f'{first.sha256[:12]}, {line.runs(block)}'


def ours(figure: Figure | None) -> Cell:
    if figure is None:
        return Cell(NOT_RUN)
    if figure.mean is None:
        return Cell('none')
    std = '' if figure.std is None else f'±{figure.std:.1f}'
    return Cell(number(figure.mean), std)


def aligned(heads: list[list[str]], rows: list) -> list[str]:
    """Numbers below numbers, whatever follows them."""
    label_width = max(len(label) for label, _ in rows)
    columns = list(zip(*(cells for _, cells in rows)))
    bodies = [align_column(column) for column in columns]
    widths = [
        max(map(len, [*body, *head]))
        for body, head in zip(bodies, zip(*heads))
    ]
    lines = [('', head) for head in heads]
    lines += [(label, cells) for (label, _), cells in zip(rows, zip(*bodies))]
    return [
        '  '.join(
            [
                f'{label:{label_width}}',
                *(f'{cell:>{width}}' for cell, width in zip(cells, widths)),
            ]
        ).rstrip()
        for label, cells in lines
    ]


def align_column(column: tuple[Cell, ...]) -> list[str]:
    width = max(len(cell.suffix) for cell in column)
    return [
        cell.number
        if cell.number == NOT_RUN
        else f'{cell.number}{cell.suffix:{width}}'
        for cell in column
    ]


def others_as_text(results: list[Result]) -> str:
    lines = ['Other runs, metrics as reported (before → after training)']
    for config, start, metrics in map(other_run, results):
        lines += [config, f'  {start}', f'  {metrics}']
    return '\n'.join(lines)
