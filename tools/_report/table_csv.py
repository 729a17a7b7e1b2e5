"""Every cell of the tables as a line, for other programs."""

from __future__ import annotations

import csv
from typing import Any, Iterator, TextIO

from .collect import Filled, Line
from .paper import how_to_run

FIELDS = (
    *('table', 'row', 'column', 'config', 'metric'),
    *('paper', 'ours', 'std', 'n', 'difference'),
    *('checkpoint_sha256', 'experiment', 'note', 'how_to_run'),
)


def write_csv(file: TextIO, tables: list[Filled]) -> None:
    """A line for each of our figures, and for each cell without one."""
    writer = csv.DictWriter(file, FIELDS, restval='', lineterminator='\n')
    writer.writeheader()
    for filled in tables:
        writer.writerows(cells(filled))


def cells(filled: Filled) -> Iterator[dict[str, Any]]:
    for row, values in filled.table.rows.items():
        for index, paper in enumerate(values):
            lines = filled.of_row(row, [index])
            for line in lines:
                yield of_line(filled, line, index)
            if not lines and paper is not None:
                cell = of_paper(filled, row, index)
                command = how_to_run(filled.table.columns[index].config, row)
                yield dict(cell, how_to_run=command)
    for index in range(len(filled.table.columns)):
        for line in filled.of_row(None, [index]):
            yield of_line(filled, line, index)


def of_paper(filled: Filled, row: str | None, index: int) -> dict[str, Any]:
    column = filled.table.columns[index]
    return dict(
        table=filled.table.number,
        row=row,
        column=column.name,
        config=column.config_name,
        metric=column.metric,
        paper=None if row is None else filled.table.rows[row][index],
        note=filled.table.note(row, column.name),
    )


def of_line(filled: Filled, line: Line, index: int) -> dict[str, Any]:
    cell = of_paper(filled, line.row, index)
    figure, first = line.figures[index], line.first
    notes = [cell['note']]
    if first.changed:
        notes.append(f'settings changed: {first.changed}')
    if first.loaded:
        notes.append(f'partly loaded: {first.loaded}')
    gap = None
    if figure.mean is not None and cell['paper'] is not None:
        gap = figure.mean - cell['paper']
    return dict(
        cell,
        row=line.row or first.method,
        ours=rounded(figure.mean),
        std=rounded(figure.std),
        n=figure.n,
        difference=rounded(gap),
        checkpoint_sha256=first.sha256,
        experiment=first.experiment,
        note='; '.join(filter(None, notes)),
    )


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3) + 0.0  # no -0.0
