"""One table of the page."""

from __future__ import annotations

from html import escape

from .collect import Figure, Line
from .how_to import how_to_pretrain, how_to_run
from .render import (
    cell,
    difference,
    empty_cell,
    mark,
    notes,
    papers_cell,
    table_notes,
)
from .tables import Table


def section(table: Table, lines: list[Line]) -> str:
    """One of the paper's tables with our lines, and its notes."""
    heads = ''.join(
        heading(f'{column.group}:\n{column.label}') + heading('ours')
        for column in table.columns
    )
    rows = []
    for name in table.rows:
        ours = [line for line in lines if line.row == name]
        empty = [
            empty_cell(table, name, i, ours) for i in range(len(table.columns))
        ]
        for line in ours:
            rows.append(table_row(table, name, line, empty))
        if not ours:
            rows.append(table_row(table, name, None, empty))
    others = [line for line in lines if line.row is None]
    rows += [table_row(table, None, line, []) for line in others]
    items = [f'<li>{escape(note)}</li>' for note in table_notes(table)]
    return (
        f'<section><h2 id="table-{table.number}">Table {table.number}: '
        f'{escape(table.title)}</h2><div class="scroll">'
        f'<table class="numbers"><thead><tr>{heading("method")}{heads}'
        f'{heading("our run")}</tr></thead><tbody>{"".join(rows)}</tbody>'
        f'</table></div><ul class="notes">{"".join(items)}</ul></section>'
    )


def heading(text: str) -> str:
    """The head of a column; a click on it sorts."""
    return f'<th scope="col"><button>{escape(text)}</button></th>'


def table_row(
    table: Table, name: str | None, line: Line | None, empty: list[str]
) -> str:
    """One of the paper's rows with one line of ours, or either alone.

    Args:
        table: The table.
        name: The paper's row, None for a line of ours that has none.
        line: Ours, None if nothing of the row was run.
        empty: What cells of ours without a number say, a text a column.
    """
    method = line.method if line else None
    label = name or f'{method or "another"}, not in the table'
    cells = [
        f'<th scope="row" data-value="{escape(label)}">{escape(label)}</th>'
    ]
    for index in range(len(table.columns)):
        paper = table.rows[name][index] if name else None
        text = papers_cell(table, name, index) if name else ''
        cells.append(f'<td class="paper"{value(paper)}>{escape(text)}</td>')
        figure = line.figures[index] if line else None
        if figure:
            cells.append(our_cell(figure, paper))
        elif name and empty[index]:
            cells.append(f'<td>{run_button(table, name, index)}</td>')
        else:
            cells.append('<td></td>')
    about = ''
    if line:
        texts = notes([line])[mark(line)]
        about = escape('; '.join([line.label, *texts]))
    cells.append(f'<td class="text about" data-value="{about}">{about}</td>')
    kind = ' class="has-ours"' if line else ''
    return f'<tr{kind}>{"".join(cells)}</tr>'


def value(number: float | None) -> str:
    """The attribute that a column is sorted by."""
    return '' if number is None else f' data-value="{number}"'


def our_cell(figure: Figure, paper: float | None) -> str:
    """A cell with a number of ours, coloured by how it compares."""
    kind = 'ours'
    if figure.mean is not None and paper is not None:
        kind += ' up' if difference(figure, paper) >= 0 else ' down'
    text = escape(cell(figure, paper))
    return f'<td class="{kind}"{value(figure.mean)}>{text}</td>'


def run_button(table: Table, row: str, index: int) -> str:
    """The button in an empty cell of ours, which shows its commands."""
    commands = [how_to_run(table, row, index)]
    pretrain = how_to_pretrain(table, row, index)
    if pretrain:
        commands.insert(0, f'{pretrain}  # makes the CHECKPOINT')
    title = f'Table {table.number}, {row}, {table.columns[index].heading}'
    return (
        f'<button class="run" title="{escape(title)}" '
        f'data-commands="{escape(chr(10).join(commands))}">not run</button>'
    )
