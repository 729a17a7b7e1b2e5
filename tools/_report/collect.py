"""Ours beside the paper's: which result belongs to which cell."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from .paper import Table
from .results import Result


class Figure(NamedTuple):
    mean: float  # percent
    std: float | None  # sample standard deviation over seeds
    n: int  # seeds


class Line(NamedTuple):
    """One backbone's results in one table."""

    row: str | None  # the paper's, if it has this method
    label: str
    start: str
    experiment: str | None
    figures: list[Figure | None]  # a column each
    remarks: list[str]


def lines_of(table: Table, results: list[Result]) -> list[Line]:
    """A line for every backbone that has a result in the table's columns.

    Runs of one backbone that differ in seeds share a line; those with other
    settings, or partly loaded, have one of their own.
    """
    names = {column.name for column in table.columns}
    groups = {}
    for result in results:
        if result.name in names:
            key = (result.row, result.start, result.remarks)
            groups.setdefault(key, []).append(result)
    return [
        Line(
            row if row in table.rows else None,
            label_of(row, group[0], table),
            start,
            group[0].experiment,
            [figure(column, group) for column in table.columns],
            list(remarks),
        )
        for (row, start, remarks), group in groups.items()
    ]


def label_of(row: str | None, result: Result, table: Table) -> str:
    named = row and row not in table.rows
    return f'{row} ({result.label})' if named else result.label


def figure(column, group: list[Result]) -> Figure | None:
    """Over the seeds; of a seed that was run twice the last one counts."""
    values = {
        result.seed: result.metrics[column.metric] * column.scale
        for result in group
        if result.name == column.name
        and result.metrics.get(column.metric) is not None
    }
    if not values:
        return None
    return Figure(
        statistics.mean(values.values()),
        statistics.stdev(values.values()) if len(values) > 1 else None,
        len(values),
    )


def in_no_table(tables: list[Table], results: list[Result]) -> list[Result]:
    """Runs of configs that the tables do not have."""
    names = {column.name for table in tables for column in table.columns}
    return [result for result in results if result.name not in names]
