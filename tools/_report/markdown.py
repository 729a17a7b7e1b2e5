"""The report as Markdown."""

from __future__ import annotations

from .collect import Line
from .paper import Table, how_to_run
from .render import LEGEND, NOT_RUN, OTHERS, body, notes
from .results import Result
from .terminal import change, start


def as_markdown(table: Table, lines: list[Line]) -> str:
    heads = [f'{c.group}: {c.label}' for c in table.columns]
    rows = body(table, lines)
    parts = [
        f'## Table {table.number} of the paper: {table.title}',
        '',
        row_of(["the paper's, ours below", *heads]),
        row_of(['---', *('--:' for _ in heads)]),
        *(row_of([title(name, line), *cells]) for name, line, cells in rows),
        '',
    ]
    for name, texts in notes(lines).items():
        if texts:
            parts.append(f'- ours {name}: {"; ".join(texts)}')
    parts += [f'- {note}' for note in table.notes]
    return '\n'.join(parts + to_run(table, [cells for *_, cells in rows]))


def row_of(cells: list[str]) -> str:
    escaped = (cell.replace('|', r'\|') for cell in cells)
    return f'| {" | ".join(escaped)} |'


def title(name: str, line: Line | None) -> str:
    """Of a row; ours say what they started from."""
    if name == OTHERS:
        return f'*{name}*'
    # Spaces would not indent it.
    name = name.replace('  ', '&nbsp;&nbsp;', 1)
    return name if line is None else f'{name}: {line.label}'


def to_run(table: Table, rows: list[list[str]]) -> list[str]:
    """The commands for what was not run, one a config."""
    open_columns = [
        column
        for index, column in enumerate(table.columns)
        if any(cells[index] == NOT_RUN for cells in rows)
    ]
    commands = {c.config: how_to_run(c, '') for c in open_columns}
    if not commands:
        return []
    lines = [
        '- To run what was not run; `random` (Rand Init) and `supervised` '
        'stand for a CHECKPOINT, too:'
    ]
    return lines + [f'  - `{command}`' for command in commands.values()]


def other_runs(results: list[Result]) -> list[str]:
    """Runs of configs that are in no table: a row a metric."""
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
    parts = ["# The paper's tables and ours", '', LEGEND]
    for table, lines in tables:
        parts += ['', as_markdown(table, lines)]
    if other:
        parts += ['', '## Other runs', '', *other_runs(other)]
    if warnings:
        parts += ['', '## Left out', '', *(f'- {text}' for text in warnings)]
    return '\n'.join(parts) + '\n'
