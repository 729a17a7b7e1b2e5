"""The report for a terminal."""

from __future__ import annotations

import io
import sys
import textwrap
from typing import TextIO

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from .collect import Line, by_group
from .render import LEGEND, NOT_RUN, Row, body, mark, notes, table_notes
from .results import Result
from .tables import Table

WIDTH = 115  # characters, where it is no terminal that says so


def console(file: TextIO | None = None) -> Console:
    """Where the report goes: the terminal, or a file of a fixed width."""
    file = file or sys.stdout
    width = None if file.isatty() else WIDTH
    return Console(file=file, width=width, highlight=False)


def show(table: Table, lines: list[Line], to: Console) -> None:
    """Print a table: a block a group of columns, then what the numbered
    lines are."""
    title = f'Table {table.number} of the paper: {table.title}'
    to.print(Text(title, style='bold'))
    for group, where, found in by_group(table, lines):
        # Lines without a result in this group are not of it.
        to.print()
        to.print(block(table, group, where, body(table, found)))
    texts = notes(lines)
    remarks = table_notes(table)
    if lines or remarks:
        to.print()
    for line in lines:
        label = f'ours {mark(line)}: {line.label}'
        say(to, '; '.join([label, *texts[mark(line)]]))
    for note in remarks:
        say(to, note)


def block(
    table: Table, group: str, where: list[int], rows: list[Row]
) -> RichTable:
    """One group of a table's columns."""
    grid = RichTable(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style='bold'
    )
    grid.add_column(Text(group), no_wrap=True)
    for index in where:
        label = Text(table.columns[index].label)
        grid.add_column(label, justify='right', no_wrap=True)
    for row in rows:
        cells = [row.cells[index] for index in where]
        if not row.paper and not any(cells) and row.line is None:
            if row.name.startswith(' '):
                continue  # nothing of ours to run in this group
        texts = [Text(compact(x), style=style(row, x)) for x in cells]
        grid.add_row(Text(row.name, style=style(row, row.name)), *texts)
    return grid


def compact(text: str) -> str:
    """A cell's text for a narrow column."""
    # As narrow as it gets: there may be six of them in a line.
    return text.replace(' ± ', '±')


def style(row: Row, text: str) -> str:
    """The colour of a cell: green and red are better and worse than the
    paper's."""
    if row.paper:
        return ''
    if text == NOT_RUN:
        return 'dim'
    if text.endswith(')') and '(' in text:
        return 'green' if '(+' in text else 'red'
    return 'cyan'


def say(to: Console, text: str) -> None:
    """Print a text in lines; paths and names of experiments stay whole."""
    lines = textwrap.wrap(
        text,
        to.width,
        initial_indent='  ',
        subsequent_indent='    ',
        break_long_words=False,
        break_on_hyphens=False,
    )
    to.print(Text('\n'.join(lines)), soft_wrap=True)


def other_runs(results: list[Result], to: Console) -> None:
    """Print the runs that are in no table, a paragraph each."""
    for result in results:
        remarks = [remark.text for remark in result.remarks]
        lines = ['; '.join([result.name, *remarks])]
        lines.append(f'  from {start(result)}, seed {result.seed}')
        width = max(map(len, result.metrics))
        for name, value in result.metrics.items():
            lines.append(f'  {name:{width}}  {change(result, name, value)}')
        to.print(Text('\n'.join(lines)))


def start(result: Result) -> str:
    """What a run started from, such as
    ``RegionCL-M: regioncl-m_…, 42f1010de03f``."""
    method = f'{result.row}: ' if result.experiment and result.row else ''
    return method + result.label


def change(result: Result, name: str, value: float | None) -> str:
    """A metric before and after training, or after it if the former is not
    known."""
    before = result.metrics_before.get(name)
    text = 'none' if value is None else f'{value:.4g}'
    return text if before is None else f'{before:.4g} -> {text}'


def whole(
    tables: list[tuple[Table, list[Line]]],
    other: list[Result],
    to: Console,
) -> None:
    """Print the report: the tables with our lines, and all other runs."""
    to.print(Text(LEGEND))
    for table, lines in tables:
        to.print()
        show(table, lines, to)
    if other:
        to.print('\nOther runs')
        other_runs(other, to)


def as_text(table: Table, lines: list[Line]) -> str:
    """One table as it is where there is no terminal."""
    file = io.StringIO()
    show(table, lines, console(file))
    found = file.getvalue().split('\n')
    return '\n'.join(line.rstrip() for line in found).rstrip('\n')
