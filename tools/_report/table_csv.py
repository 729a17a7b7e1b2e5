"""Every cell of the tables as a line, for other programs."""

from __future__ import annotations

import csv
from typing import TextIO

from .collect import Line
from .paper import Table, how_to_run, is_ours_to_run

FIELDS = (
    *('table', 'row', 'group', 'column', 'config', 'metric'),
    *('paper', 'ours', 'std', 'n', 'difference'),
    *('checkpoint_sha256', 'experiment', 'note', 'how_to_run'),
)


def write_csv(file: TextIO, tables: list[tuple[Table, list[Line]]]) -> None:
    """A line for each of our figures, and for each cell without one."""
    writer = csv.DictWriter(file, FIELDS, restval='', lineterminator='\n')
    writer.writeheader()
    for table, lines in tables:
        for name, paper in table.rows.items():
            ours = [line for line in lines if line.row == name]
            for index in range(len(table.columns)):
                cell = cell_part(table, index, name)
                found = [x for x in ours if x.figures[index]]
                for line in found:
                    writer.writerow({**cell, **our_part(line, index, paper)})
                if not found:
                    writer.writerow(cell)
        nowhere = [None for _ in table.columns]
        for line in lines:
            for index, figure in enumerate(line.figures):
                if line.row is None and figure:
                    cell = cell_part(table, index, line.label)
                    writer.writerow({**cell, **our_part(line, index, nowhere)})


def cell_part(table: Table, index: int, row: str) -> dict:
    column = table.columns[index]
    part = dict(
        table=table.number,
        row=row,
        group=column.group,
        column=column.label,
        config=column.config,
        metric=column.metric,
        paper=table.rows[row][index] if row in table.rows else None,
    )
    if is_ours_to_run(row):
        part['how_to_run'] = how_to_run(column, row)
    return part


def our_part(line: Line, index: int, paper: list) -> dict:
    figure = line.figures[index]
    part = dict(
        std='' if figure.std is None else round(figure.std, 3),
        n=figure.n,
        checkpoint_sha256=line.sha256,
        experiment=line.experiment or '',
        note='; '.join(remark.text for remark in line.remarks),
    )
    if figure.mean is not None:
        part['ours'] = round(figure.mean, 3)
        if paper[index] is not None:
            part['difference'] = round(figure.mean - paper[index], 3)
    return part
