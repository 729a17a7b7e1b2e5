"""Tables for the terminal and for Markdown."""

from __future__ import annotations

from .collect import Figure, Line
from .paper import Table, how_to_run, is_ours_to_run
from .results import Result

NOT_RUN = 'not run'
LEGEND = (
    "Rows are the paper's numbers; below a row are ours, with the difference "
    "to the paper's in brackets."
)


def number(value: float | None) -> str:
    return '-' if value is None else f'{value:.1f}'


def cell(figure: Figure | None, paper: float | None) -> str:
    """Such as ``40.0 ± 0.1 (-0.1)``."""
    if figure is None:
        return NOT_RUN
    text = number(figure.mean)
    if figure.std is not None:
        text += f' ± {figure.std:.1f}'
    return text if paper is None else f'{text} ({figure.mean - paper:+.1f})'


def body(table: Table, lines: list[Line]) -> list[list[str]]:
    """Rows of cells: the paper's, ours below them, then what it has not."""
    rows, empty = [], [NOT_RUN for _ in table.columns]
    for name, paper in table.rows.items():
        rows.append([name, *map(number, paper)])
        ours = [line for line in lines if line.row == name]
        rows += [ours_below(line, paper) for line in ours]
        if not ours and is_ours_to_run(name):
            rows.append(['  ours', *empty])
    nowhere = [None for _ in table.columns]
    others = [line for line in lines if line.row is None]
    return rows + [ours_below(line, nowhere) for line in others]


def ours_below(line: Line, paper: list[float | None]) -> list[str]:
    mark = '*' if line.remarks else ''
    return [
        f'  ours{mark}: {line.label}',
        *(cell(f, p) for f, p in zip(line.figures, paper)),
    ]


def notes(table: Table, lines: list[Line]) -> list[str]:
    found = list(table.notes)
    for line in lines:
        if line.remarks:
            found.append(f'* {line.label}: {"; ".join(line.remarks)}')
        several = max((f.n for f in line.figures if f), default=1)
        if several > 1:
            found.append(
                f'{line.label}: mean ± sample standard deviation over '
                f'{several} seeds'
            )
    return found


def as_text(table: Table, lines: list[Line]) -> str:
    """One block a group of columns, so that it fits a terminal."""
    parts = [f'Table {table.number} of the paper: {table.title}']
    rows = body(table, lines)
    for title in dict.fromkeys(column.group for column in table.columns):
        where = [i for i, c in enumerate(table.columns) if c.group == title]
        block = [[title, *(table.columns[i].label for i in where)]]
        for row in rows:
            cells = [row[i + 1] for i in where]
            # The other group may be all that was run.
            if row[0].startswith('  ours:') and set(cells) == {NOT_RUN}:
                continue
            block.append([row[0], *cells])
        widths = [max(map(len, column)) for column in zip(*block)]
        parts.append('')
        for name, *cells in block:
            aligned = (f'{c:>{w}}' for c, w in zip(cells, widths[1:]))
            parts.append('  '.join([f'{name:{widths[0]}}', *aligned]))
    parts += [f'  {note}' for note in notes(table, lines)]
    return '\n'.join(parts)


def markdown_row(cells: list[str]) -> str:
    return f'| {" | ".join(cells)} |'


def as_markdown(table: Table, lines: list[Line]) -> str:
    heads = [f'{c.group}: {c.label}' for c in table.columns]
    parts = [
        f'## Table {table.number}: {table.title}',
        '',
        markdown_row(['', *heads]),
        markdown_row(['---', *('--:' for _ in heads)]),
    ]
    for name, *cells in body(table, lines):
        name = name.replace('  ours', '&nbsp;&nbsp;ours', 1)
        parts.append(markdown_row([name, *cells]))
    parts.append('')
    parts += [f'- {note}' for note in notes(table, lines)]
    for config in dict.fromkeys(column.config for column in table.columns):
        column = next(c for c in table.columns if c.config == config)
        parts.append(f'- {column.group}: `{how_to_run(column, "")}`')
    return '\n'.join(parts)


def others(results: list[Result]) -> list[list[str]]:
    """Runs that are in no table: a row a metric."""
    rows = []
    for result in results:
        method = f'{result.row}: ' if result.experiment and result.row else ''
        for name, value in result.metrics.items():
            before = result.metrics_before.get(name)
            rows.append(
                [
                    result.name,
                    f'{method}{result.label}, seed {result.seed}',
                    name,
                    '' if before is None else f'{before:.4g}',
                    'none' if value is None else f'{value:.4g}',
                    '; '.join(result.remarks),
                ]
            )
    return rows
