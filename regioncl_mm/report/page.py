"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from .collect import Figure, Line
from .paper import Table, how_to_pretrain, how_to_run
from .render import (
    cell,
    difference,
    empty_cell,
    mark,
    notes,
    papers_cell,
    table_notes,
)
from .results import Result
from .terminal import change, start

HERE = Path(__file__).parent
FIGURES = ('figure-1', 'figure-4')


def whole(
    tables: list[tuple[Table, list[Line]]],
    other: list[Result],
    warnings: list[str],
    figures: dict[str, str],
) -> str:
    """The page.

    Args:
        tables: With our lines.
        other: Runs that are in none of them.
        warnings: What was left out.
        figures: HTML of Figures 1 and 4, by title.
    """
    parts = [section(table, lines) for table, lines in tables]
    links = [
        (f'table-{table.number}', f'Table {table.number}')
        for table, _ in tables
    ]
    for name, (title, content) in zip(FIGURES, figures.items()):
        parts.append(
            f'<section><h2 id="{name}">{escape(title)}</h2>{content}</section>'
        )  # noqa: E501
        links.append((name, title.split(':')[0]))
    if other:
        parts.append(other_runs(other))
        links.append(('other', 'Other runs'))
    if warnings:
        items = ''.join(f'<li>{escape(text)}</li>' for text in warnings)
        parts.append(f'<section><h2>Left out</h2><ul>{items}</ul></section>')
    count = sum(
        figure is not None
        for _, lines in tables
        for line in lines
        for figure in line.figures
    )
    template = Template((HERE / 'page.html').read_text('utf-8'))
    return template.substitute(
        style=(HERE / 'page.css').read_text('utf-8'),
        script=(HERE / 'page.js').read_text('utf-8'),
        contents=' '.join(f'<a href="#{a}">{b}</a>' for a, b in links),
        summary=f'{escape(LEGEND_HTML)} Cells with a result of ours: {count}.',
        main='\n'.join(parts),
    )


LEGEND_HTML = (
    "In each pair of columns the left one has the paper's numbers, the right "
    "one ours with the difference to the paper's in brackets."
)


def section(table: Table, lines: list[Line]) -> str:
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
        rows += [
            table_row(table, name, line, empty) for line in ours or [None]
        ]
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
    return f'<th scope="col"><button>{escape(text)}</button></th>'


def table_row(
    table: Table, name: str | None, line: Line | None, empty: list[str]
) -> str:
    """One of the paper's rows with one line of ours, or either alone."""
    label = name or f'{line.method or "another"}, not in the table'
    cells = [
        f'<th scope="row" data-value="{escape(label)}">{escape(label)}</th>'
    ]  # noqa: E501
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
    return '' if number is None else f' data-value="{number}"'


def our_cell(figure: Figure, paper: float | None) -> str:
    kind = 'ours'
    if figure.mean is not None and paper is not None:
        kind += ' up' if difference(figure, paper) >= 0 else ' down'
    text = escape(cell(figure, paper))
    return f'<td class="{kind}"{value(figure.mean)}>{text}</td>'


def run_button(table: Table, row: str, index: int) -> str:
    commands = [how_to_run(table, row, index)]
    pretrain = how_to_pretrain(table, row, index)
    if pretrain:
        commands.insert(0, f'{pretrain}  # makes the CHECKPOINT')
    title = f'Table {table.number}, {row}, {table.columns[index].heading}'
    return (
        f'<button class="run" title="{escape(title)}" '
        f'data-commands="{escape(chr(10).join(commands))}">not run</button>'
    )


def other_runs(results: list[Result]) -> str:
    rows = []
    for result in results:
        remarks = '; '.join(remark.text for remark in result.remarks)
        origin = f'{start(result)}, seed {result.seed}'
        for name, number in result.metrics.items():
            texts = (result.name, origin, name)
            cells = [f'<td class="text">{escape(x)}</td>' for x in texts]
            after = escape(change(result, name, number))
            cells.append(
                f'<td>{after}</td><td class="text">{escape(remarks)}</td>'
            )  # noqa: E501
            rows.append(f'<tr class="has-ours">{"".join(cells)}</tr>')
    heads = ('config', 'from', 'metric', '(before →) after', 'remarks')
    head = ''.join(f'<th scope="col">{x}</th>' for x in heads)
    return (
        '<section><h2 id="other">Other runs</h2><div class="scroll"><table>'
        f'<thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody>'
        '</table></div></section>'
    )
