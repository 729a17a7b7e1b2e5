"""Ours beside the paper's: which result belongs to which cell."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from .marks import Marks
from .paper import Column, Table
from .results import Result


class Figure(NamedTuple):
    mean: float | None  # percent; None if the evaluator gave no number
    std: float | None  # sample standard deviation, of more than one run
    n: int  # runs with a number


class Line(NamedTuple):
    """One backbone's results in one table."""

    row: str | None  # of the table, None if it has not got this method
    first: Result  # of the runs, which differ in seeds only
    figures: list[Figure | None]  # a column each; None: not run
    marks: str  # of its remarks

    def runs(self, block: list[int]) -> str:
        """Such as ``n = 3``, or ``n = 1 to 3`` if columns differ."""
        figures = [self.figures[i] for i in block]
        found = [figure.n for figure in figures if figure and figure.n] or [0]
        low, high = min(found), max(found)
        return f'n = {low}' if low == high else f'n = {low} to {high}'


class Filled(NamedTuple):
    """A table of the paper with our lines."""

    table: Table
    lines: list[Line]
    remarks: list[str]  # on lines of ours, the mark first

    def of_row(self, row: str | None, block: list[int]) -> list[Line]:
        """Lines of ours below a row that have something in these columns."""
        return [
            line
            for line in self.lines
            if line.row == row and any(line.figures[i] for i in block)
        ]

    def rows(self, block: list[int]) -> dict[str, list[float | None]]:
        """The paper's rows that have something in these columns."""
        return {
            row: values
            for row, values in self.table.rows.items()
            if self.of_row(row, block)
            or any(values[i] is not None for i in block)
        }

    def is_run(self, row: str, column: int) -> bool:
        return bool(self.of_row(row, [column]))

    def count(self) -> tuple[int, int]:
        """Cells with ours, of the cells that have a number in the paper."""
        cells = [
            self.is_run(row, column)
            for row, values in self.table.rows.items()
            for column, value in enumerate(values)
            if value is not None
        ]
        return sum(cells), len(cells)

    def missing(self) -> list[str]:
        """Configs of cells that are not run."""
        return list(
            dict.fromkeys(
                column.config
                for index, column in enumerate(self.table.columns)
                for row, values in self.table.rows.items()
                if values[index] is not None and not self.is_run(row, index)
            )
        )


def fill(table: Table, results: list[Result]) -> Filled:
    """A line for every backbone with a result in the table's columns.

    Runs of one backbone that differ in seeds share a line; those with other
    settings, or partly loaded, have a line of their own.
    """
    configs = {column.config_name for column in table.columns}
    rows = {plain(row): row for row in table.rows}
    groups: dict[tuple, list[Result]] = {}
    for result in results:
        if result.config in configs:
            row = rows.get(plain(result.method))
            key = (row or result.method, result.sha256)
            groups.setdefault(
                (*key, result.changed, result.loaded), []
            ).append(result)
    marks = Marks()
    lines = [
        Line(
            rows.get(plain(group[0].method)),
            group[0],
            [figure(column, group) for column in table.columns],
            marks.of(group[0]),
        )
        for group in groups.values()
    ]
    return Filled(table, lines, marks.remarks())


def plain(method: str | None) -> str | None:
    """The paper itself writes MoCo v2 and MoCov2."""
    return method and method.lower().replace(' ', '')


def figure(column: Column, group: list[Result]) -> Figure | None:
    runs = [r for r in group if r.config == column.config_name]
    found = [run.metrics.get(column.metric) for run in runs]
    values = [value * column.scale for value in found if value is not None]
    if not runs:
        return None
    return Figure(
        statistics.mean(values) if values else None,
        statistics.stdev(values) if len(values) > 1 else None,
        len(values),
    )


def in_no_table(tables: list[Table], results: list[Result]) -> list[Result]:
    """Runs of configs that the tables have not got."""
    configs = {c.config_name for table in tables for c in table.columns}
    return [result for result in results if result.config not in configs]
