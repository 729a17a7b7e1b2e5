"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from .collect import Line
from .page_table import section
from .results import Result
from .tables import Table
from .terminal import change, start

HERE = Path(__file__).parent
FIGURES = ('figure-1', 'figure-4')
LEGEND = (
    "In each pair of columns the left one has the paper's numbers, the right "
    "one ours with the difference to the paper's in brackets."
)


def whole(
    tables: list[tuple[Table, list[Line]]],
    other: list[Result],
    warnings: list[str],
    figures: dict[str, str],
) -> str:
    """The page.

    Args:
        tables: The tables with our lines.
        other: The runs that are in none of them.
        warnings: What was left out.
        figures: The HTML of Figures 1 and 4, by their titles.
    """
    parts = [section(table, lines) for table, lines in tables]
    links = [
        (f'table-{table.number}', f'Table {table.number}')
        for table, _ in tables
    ]
    for name, (title, content) in zip(FIGURES, figures.items()):
        parts.append(
            f'<section><h2 id="{name}">{escape(title)}</h2>{content}</section>'
        )
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
        summary=f'{escape(LEGEND)} Cells with a result of ours: {count}.',
        main='\n'.join(parts),
    )


def other_runs(results: list[Result]) -> str:
    """The section of runs that are in no table, a row a metric."""
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
            )
            rows.append(f'<tr class="has-ours">{"".join(cells)}</tr>')
    heads = ('config', 'from', 'metric', '(before →) after', 'remarks')
    head = ''.join(f'<th scope="col">{x}</th>' for x in heads)
    return (
        '<section><h2 id="other">Other runs</h2><div class="scroll"><table>'
        f'<thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody>'
        '</table></div></section>'
    )
