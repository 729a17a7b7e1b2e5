"""Tables for Markdown, the paper's figure and ours in one cell."""

from __future__ import annotations

from .cells import NOT_RUN, OTHER_HEADINGS, difference, number, other_run
from .collect import Figure, Filled, Line
from .paper import how_to_run
from .results import Result

LEGEND = (
    "A cell is `the paper's / ours (ours minus the paper's)`, in percent; "
    "a single number is the paper's. ± is the sample standard deviation over "
    'n runs, which differ in their seeds. The name of a pretraining is '
    'followed by the first digits of the SHA-256 of its weights.\n\n'
    'Below each table are the commands for what is not run. CHECKPOINT is '
    '`random` for Rand Init and `supervised` for Supervised.'
)


def as_markdown(filled: Filled) -> str:
    table = filled.table
    run, cells = filled.count()
    parts = [
        f'## Table {table.number}: {table.title}',
        f'Ours: {run} of {cells} cells.',
    ]
    parts += [block_as_markdown(filled, block) for block in table.blocks()]
    notes = [*table.footnotes(), *map(escape, filled.remarks)]
    # A blank line and two spaces: neither a list nor one paragraph.
    parts.append('  \n'.join(notes))
    if filled.missing():
        commands = map(how_to_run, filled.missing())
        parts += ['Not run:', '\n'.join(['```bash', *commands, '```'])]
    return '\n\n'.join(filter(None, parts))


def block_as_markdown(filled: Filled, block: list[int]) -> str:
    table = filled.table
    columns = [table.columns[i] for i in block]
    heads = [c.name + table.mark(None, c.name) for c in columns]
    rows = [
        ['paper / ours (difference)', 'ours', *heads],
        ['---', '---', *('--:' for _ in heads)],
    ]
    for row, values in filled.rows(block).items():
        paper = [
            number(values[i]) + table.mark(row, table.columns[i].name)
            for i in block
        ]
        name = row + table.mark(row, None)
        lines = filled.of_row(row, block)
        if not lines:
            rows.append([name, NOT_RUN, *paper])
        for line in lines:
            cells = [
                f'{text} / {ours(line.figures[i], values[i])}'
                for i, text in zip(block, paper)
            ]
            rows.append([name, label(line, block), *cells])
    for line in filled.of_row(None, block):
        cells = [f'- / {ours(line.figures[i], None)}' for i in block]
        name = f'other checkpoints: {line.first.method or "unknown method"}'
        rows.append([escape(name), label(line, block), *cells])
    return '\n'.join(map(joined, rows))


def ours(figure: Figure | None, paper: float | None) -> str:
    """Such as ``40.0 ± 0.1 (-0.1)``."""
    if figure is None:
        return NOT_RUN
    if figure.mean is None:
        return 'none'
    text = number(figure.mean)
    if figure.std is not None:
        text += f' ± {figure.std:.1f}'
    gap = difference(figure, paper)
    return f'{text} ({gap})' if gap else text


def label(line: Line, block: list[int]) -> str:
    return escape(f'{line.first.label}{line.marks}, {line.runs(block)}')


def escape(text: str) -> str:
    return text.replace('|', '\\|').replace('*', '\\*')


def joined(cells: list[str]) -> str:
    return f'| {" | ".join(cells)} |'


def others_as_markdown(results: list[Result]) -> str:
    rows = [map(escape, other_run(result)) for result in results]
    rule = ['---'] * len(OTHER_HEADINGS)
    table = map(joined, [OTHER_HEADINGS, rule, *map(list, rows)])
    return '\n'.join(['## Other runs', '', *table])


def document(tables: list[Filled], others: list[Result]) -> str:
    parts = ["# The paper's tables and ours", LEGEND]
    parts += map(as_markdown, tables)
    if others:
        parts.append(others_as_markdown(others))
    return '\n\n'.join(parts) + '\n'
