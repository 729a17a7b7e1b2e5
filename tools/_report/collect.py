"""Ours beside the paper's: which result belongs to which cell."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from .paper import Column, Table
from .results import Remark, Result


class Figure(NamedTuple):
    mean: float | None  # percent; None if the runs gave no number
    std: float | None  # sample standard deviation over seeds
    n: int  # seeds


class Line(NamedTuple):
    """One backbone's results in one table."""

    number: int  # counted from 1, in the order of the table
    row: str | None  # the paper's, if it has this method
    label: str
    sha256: str  # of the backbone; empty without a checkpoint
    experiment: str | None
    figures: list[Figure | None]  # a column each; None if not run
    remarks: tuple[Remark, ...]


def lines_of(table: Table, results: list[Result]) -> list[Line]:
    """A line for every backbone that has a result in the table's columns.

    Runs of one backbone that differ in seeds share a line; those with other
    settings, or partly loaded, have one of their own. Backbones that the
    paper has no row for come last.
    """
    names = {column.name for column in table.columns}
    groups = {}
    for result in results:
        if result.name in names:
            key = (result.row, result.start, result.remarks)
            groups.setdefault(key, []).append(result)
    order = {row: place for place, row in enumerate(table.rows)}
    ordered = sorted(
        groups.items(), key=lambda x: order.get(x[0][0], len(order))
    )
    return [
        Line(
            number,
            row if row in table.rows else None,
            label_of(row, group[0], table),
            group[0].sha256,
            group[0].experiment,
            [figure(column, group) for column in table.columns],
            remarks,
        )
        for number, ((row, _, remarks), group) in enumerate(ordered, 1)
    ]


def label_of(row: str | None, result: Result, table: Table) -> str:
    named = row and row not in table.rows
    return f'{row} ({result.label})' if named else result.label


def figure(column: Column, group: list[Result]) -> Figure | None:
    """Over the seeds of one backbone."""
    runs = [r.metrics for r in group if r.name == column.name]
    if not runs:
        return None
    found = [metrics.get(column.metric) for metrics in runs]
    values = [value * column.scale for value in found if value is not None]
    return Figure(
        statistics.mean(values) if values else None,
        statistics.stdev(values) if len(values) > 1 else None,
        len(values),
    )


def by_group(table: Table, lines: list[Line]) -> list[tuple]:
    """A table for each group of columns, with the lines that have results."""
    parts = []
    for group in dict.fromkeys(column.group for column in table.columns):
        where = [i for i, c in enumerate(table.columns) if c.group == group]

        def pick(values: list, where=where) -> list:
            return [values[i] for i in where]

        part = table._replace(
            columns=pick(table.columns),
            rows={name: pick(paper) for name, paper in table.rows.items()},
        )
        found = [line._replace(figures=pick(line.figures)) for line in lines]
        parts.append((part, [line for line in found if any(line.figures)]))
    return parts


def in_no_table(tables: list[Table], results: list[Result]) -> list[Result]:
    """Runs of configs that the tables do not have."""
    names = {column.name for table in tables for column in table.columns}
    return [result for result in results if result.name not in names]
