"""The report as Markdown."""

from __future__ import annotations

import re

from .collect import Line
from .how_to import how_to_pretrain, how_to_run
from .render import LEGEND, NOT_RUN, OTHERS, Row, body, notes, table_notes
from .results import Result
from .tables import WITHOUT_CHECKPOINT, Table
from .terminal import change, start


def as_markdown(table: Table, lines: list[Line]) -> str:
    """One table, what its lines are, and how to run what was not run."""
    heads = [column.heading for column in table.columns]
    rows = body(table, lines)
    parts = [
        f'## Table {table.number} of the paper: {table.title}',
        '',
        row_of(["the paper's, ours below", *heads]),
        row_of(['---', *('--:' for _ in heads)]),
        *(row_of([title(row), *row.cells]) for row in rows),
        '',
    ]
    for name, texts in notes(lines).items():
        if texts:
            parts.append(f'- ours {name}: {"; ".join(texts)}')
    parts += [f'- {note}' for note in table_notes(table)]
    return '\n'.join(parts + to_run(table, rows))


def row_of(cells: list[str]) -> str:
    """A row of a Markdown table."""
    escaped = (cell.replace('|', r'\|') for cell in cells)
    return f'| {" | ".join(escaped)} |'


def title(row: Row) -> str:
    """The first cell of a row; ours say what they started from."""
    if row.name == OTHERS:
        return f'*{row.name}*'
    # Spaces would not indent it.
    name = row.name.replace('  ', '&nbsp;&nbsp;', 1)
    return name if row.line is None else f'{name}: {row.line.label}'


def open_cells(table: Table, rows: list[Row]) -> list[tuple[str, int]]:
    """The rows and columns of ours that were not run."""
    found: list[tuple[str, int]] = []
    name: str | None = None
    for row in rows:
        if row.paper:
            name = row.name
        elif row.name == OTHERS:
            name = None
        for index, cell in enumerate(row.cells):
            if cell == NOT_RUN and name is not None:
                found.append((name, index))
    return found


def to_run(table: Table, rows: list[Row]) -> list[str]:
    """The commands for what was not run, each once."""
    cells = open_cells(table, rows)
    if not cells:
        return []
    # The words that stand for a checkpoint make no other command.
    commands = dict.fromkeys(
        re.sub(r' (random|supervised)( \d+)?$', r' CHECKPOINT\2', command)
        for command in (how_to_run(table, *cell) for cell in cells)
    )
    pretrainings = dict.fromkeys(how_to_pretrain(table, *x) for x in cells)
    checkpoints = [command for command in pretrainings if command]
    words = [
        f'`{WITHOUT_CHECKPOINT[x]}` ({x})'
        for x in table.rows
        if x in WITHOUT_CHECKPOINT
    ]
    stand = f'; {" and ".join(words)} for a CHECKPOINT' if words else ''
    lines = [f'- To run what was not run{stand}:']
    lines += [f'  - `{command}`' for command in commands]
    if checkpoints:
        lines.append('- A CHECKPOINT is what pretraining leaves:')
        lines += [f'  - `{command}`' for command in checkpoints]
    return lines


def other_runs(results: list[Result]) -> list[str]:
    """The table of runs that are in no other table, a row a metric."""
    heads = ['config', 'from', 'metric', '(before ->) after', 'remarks']
    rows = [heads, ['---' for _ in heads]]
    for result in results:
        remarks = '; '.join(remark.text for remark in result.remarks)
        origin = f'{start(result)}, seed {result.seed}'
        for name, value in result.metrics.items():
            after = change(result, name, value)
            rows.append([result.name, origin, name, after, remarks])
    return [row_of(row) for row in rows]


def whole(
    tables: list[tuple[Table, list[Line]]],
    other: list[Result],
    warnings: list[str],
) -> str:
    """The report.

    Args:
        tables: The tables with our lines.
        other: The runs that are in none of them.
        warnings: What was left out.
    """
    parts = ["# The paper's tables and ours", '', LEGEND]
    for table, lines in tables:
        parts += ['', as_markdown(table, lines)]
    if other:
        parts += ['', '## Other runs', '', *other_runs(other)]
    if warnings:
        parts += ['', '## Left out', '', *(f'- {text}' for text in warnings)]
    return '\n'.join(parts) + '\n'
