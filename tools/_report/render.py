"""What the terminal and Markdown have in common: a table's cells."""

from __future__ import annotations

from .collect import Figure, Line
from .paper import Table, is_ours_to_run

NOT_RUN = 'not run'
OTHERS = 'other checkpoints'  # methods that the paper's table has not
LEGEND = (
    "Rows are the paper's numbers; below a row are ours, with the difference "
    "to the paper's in brackets. none: a run gave no number."
)


def number(value: float | None) -> str:
    return '-' if value is None else f'{value:.1f}'


def cell(figure: Figure | None, paper: float | None) -> str:
    """Such as ``40.0 ± 0.1 (-0.1)``."""
    if figure is None:
        return NOT_RUN
    if figure.mean is None:
        return 'none'
    text = number(figure.mean)
    if figure.std is not None:
        text += f' ± {figure.std:.1f}'
    if paper is None:
        return text
    # Adding 0 makes 0.0 of -0.0.
    return f'{text} ({round(figure.mean - paper, 1) + 0:+.1f})'


def mark(line: Line) -> str:
    """Its number and marks, such as ``2*†``: what notes refer to."""
    return f'{line.number}{"".join(remark.mark for remark in line.remarks)}'


def body(table: Table, lines: list[Line]) -> list[tuple]:
    """Rows: a name, the line if it is one of ours, and cells.

    The paper's rows, ours below each, then backbones that it has not.
    """
    rows, empty = [], [NOT_RUN for _ in table.columns]
    for name, paper in table.rows.items():
        rows.append((name, None, [number(value) for value in paper]))
        ours = [line for line in lines if line.row == name]
        rows += [below(line, paper) for line in ours]
        if not ours and is_ours_to_run(name):
            rows.append(('  ours', None, empty))
    others = [line for line in lines if line.row is None]
    nowhere = [None for _ in table.columns]
    if others:
        rows.append((OTHERS, None, ['' for _ in table.columns]))
    return rows + [below(line, nowhere) for line in others]


def below(line: Line, paper: list[float | None]) -> tuple:
    cells = [cell(f, p) for f, p in zip(line.figures, paper)]
    return f'  ours {mark(line)}', line, cells


def notes(lines: list[Line]) -> dict[str, list[str]]:
    """By a line's number and marks: what its numbers are."""
    found = {}
    for line in lines:
        texts = [f'{remark.mark} {remark.text}' for remark in line.remarks]
        several = sorted({f.n for f in line.figures if f and f.n > 1})
        if several:
            texts.append(
                'mean ± sample standard deviation over '
                f'{" or ".join(map(str, several))} seeds'
            )
        found[mark(line)] = texts
    return found
