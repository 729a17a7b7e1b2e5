"""Every cell of the tables as a line of a CSV file, for other programs."""

from __future__ import annotations

import csv
from typing import Any, TextIO

from .collect import Line
from .how_to import how_to_pretrain, how_to_run
from .tables import Table

FIELDS = (
    *('table', 'row', 'group', 'column', 'config', 'metric'),
    *('paper', 'paper_also', 'ours', 'std', 'n', 'difference'),
    *('checkpoint_sha256', 'experiment', 'note', 'how_to_run'),
    'how_to_pretrain',
)


def write_csv(file: TextIO, tables: list[tuple[Table, list[Line]]]) -> None:
    """Write a line for each of our figures, and each cell without one."""
    writer = csv.DictWriter(file, FIELDS, restval='', lineterminator='\n')
    writer.writeheader()
    for table, lines in tables:
        for name in (*table.rows, None):
            ours = [line for line in lines if line.row == name]
            for index in range(len(table.columns)):
                found = [x for x in ours if x.figures[index]]
                for line in found:
                    cell = cell_part(table, index, name, line.label)
                    writer.writerow({**cell, **our_part(table, line, index)})
                if not found and name is not None:
                    writer.writerow(cell_part(table, index, name))


def cell_part(
    table: Table, index: int, row: str | None, label: str = ''
) -> dict:
    """The fields that are known without a run.

    Args:
        table: The cell's table.
        index: Its column, counted from 0.
        row: Its row, None for a backbone that has no row.
        label: What such a backbone is called.
    """
    column = table.columns[index]
    part: dict[str, Any] = dict(
        table=table.number,
        row=row or label,
        group=column.group,
        column=column.label,
        config=table.config(row, index) or '',
        metric=column.metric,
    )
    if row is None:
        return part
    also = table.also.get((row, index), [])
    part.update(
        paper=table.rows[row][index],
        paper_also='; '.join(f'{x.value:g} in {x.source}' for x in also),
    )
    if table.is_ours(row, index):
        part['how_to_run'] = how_to_run(table, row, index)
        part['how_to_pretrain'] = how_to_pretrain(table, row, index) or ''
    return part


def our_part(table: Table, line: Line, index: int) -> dict:
    """The fields of a cell that we have a figure for."""
    figure = line.figures[index]
    assert figure is not None
    paper = table.rows[line.row][index] if line.row else None
    remarks = [remark.text for remark in line.remarks]
    part: dict[str, Any] = dict(
        std='' if figure.std is None else round(figure.std, 3),
        n=figure.n,
        checkpoint_sha256=line.sha256,
        experiment=line.experiment or '',
        note='; '.join([*remarks, *line.epochs]),
    )
    if figure.mean is not None:
        part['ours'] = round(figure.mean, 3)
        if paper is not None:
            part['difference'] = round(figure.mean - paper, 3)
    return part
