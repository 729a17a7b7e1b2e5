"""What all outputs have in common: a table's rows, cells and notes."""

from __future__ import annotations

from typing import NamedTuple

from .collect import Figure, Line
from .tables import Also, Table

NOT_RUN = 'not run'
OTHERS = 'other checkpoints'  # pretrainings that the paper's table has not
LEGEND = (
    "Rows are the paper's numbers; below a row are ours, with the difference "
    "to the paper's in brackets. none: a run gave no number. report.html and "
    'report.md say how to run what was not run.'
)
LETTERS = 'ᵃᵇᶜᵈᵉᶠ'


class Row(NamedTuple):
    """One row as it is shown."""

    name: str
    paper: bool  # the paper's own numbers
    line: Line | None  # of ours
    cells: list[str]


def number(value: float | None) -> str:
    """A number of the paper's."""
    return '-' if value is None else f'{value:.1f}'


def cell(figure: Figure, paper: float | None) -> str:
    """Our number and its difference to the paper's, such as
    ``40.0 ± 0.1 (-0.1)``."""
    if figure.mean is None:
        return 'none'
    text = number(figure.mean)
    if figure.std is not None:
        text += f' ± {figure.std:.1f}'
    if paper is None:
        return text
    return f'{text} ({difference(figure, paper):+.1f})'


def difference(figure: Figure, paper: float) -> float:
    """Ours minus the paper's, in percent, to one decimal."""
    assert figure.mean is not None
    # Adding 0 makes 0.0 of -0.0.
    return round(figure.mean - paper, 1) + 0


def papers_cell(table: Table, row: str, index: int) -> str:
    """The paper's number, with a letter for each other one of the authors'."""
    letters = [
        letter
        for letter, (where, _) in zip(LETTERS, also_of(table))
        if where == (row, index)
    ]
    return number(table.rows[row][index]) + ''.join(letters)


def also_of(table: Table) -> list[tuple[tuple[str, int], Also]]:
    """Cells with other numbers for them, in the order of letters."""
    return [
        (cell, also) for cell, found in table.also.items() for also in found
    ]


def table_notes(table: Table) -> list[str]:
    """What the paper's numbers are, and where the authors' others differ."""
    found = []
    for letter, ((row, index), also) in zip(LETTERS, also_of(table)):
        heading = table.columns[index].heading
        paper = number(table.rows[row][index])
        found.append(
            f'{letter} {row}, {heading}: {paper} in the paper, '
            f'{also.value:g} in {also.source}.'
        )
    return found + table.notes


def mark(line: Line) -> str:
    """A line's number and marks, such as ``2*†``, which notes refer to."""
    return f'{line.number}{"".join(remark.mark for remark in line.remarks)}'


def body(table: Table, lines: list[Line]) -> list[Row]:
    """The paper's rows, ours below each, then those that it does not have."""
    rows: list[Row] = []
    width = range(len(table.columns))
    for name in table.rows:
        cells = [papers_cell(table, name, index) for index in width]
        rows.append(Row(name, True, None, cells))
        ours = [line for line in lines if line.row == name]
        empty = [empty_cell(table, name, index, ours) for index in width]
        for line in ours:
            cells = [
                cell(figure, paper) if figure else nothing
                for figure, paper, nothing in zip(
                    line.figures, table.rows[name], empty
                )
            ]
            rows.append(Row(f'  ours {mark(line)}', False, line, cells))
        if not ours and any(empty):
            rows.append(Row('  ours', False, None, empty))
    others = [line for line in lines if line.row is None]
    if others:
        rows.append(Row(OTHERS, False, None, ['' for _ in width]))
    for line in others:
        cells = [cell(x, None) if x else NOT_RUN for x in line.figures]
        rows.append(Row(f'  ours {mark(line)}', False, line, cells))
    return rows


def empty_cell(table: Table, row: str, index: int, ours: list[Line]) -> str:
    """The text of a cell of ours that has no number."""
    if not table.is_ours(row, index):
        return ''
    # Each column of such a row is another backbone's.
    several = isinstance(table.pretraining.get(row), dict)
    if several and any(line.figures[index] for line in ours):
        return ''
    return NOT_RUN


def notes(lines: list[Line]) -> dict[str, list[str]]:
    """What the numbers of lines are, by the lines' numbers and marks."""
    found = {}
    for line in lines:
        texts = [f'{x.mark} {x.text}'.strip() for x in line.remarks]
        several = sorted({f.n for f in line.figures if f and f.n > 1})
        if several:
            texts.append(
                'mean ± sample standard deviation over '
                f'{" or ".join(map(str, several))} seeds'
            )
        found[mark(line)] = texts + list(line.epochs)
    return found
