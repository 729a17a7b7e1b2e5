"""Ours beside the paper's: a line for every backbone."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from .match import belongs, is_in, names, row_of
from .remarks import Remark
from .results import Result
from .tables import Table


class Figure(NamedTuple):
    """One number of a backbone, over all of its seeds."""

    mean: float | None  # percent; None if the runs gave no number
    std: float | None  # sample standard deviation over seeds
    n: int  # seeds


class Line(NamedTuple):
    """One backbone's results in one table."""

    number: int  # counted from 1, in the order of the table
    row: str | None  # the paper's, if it has this pretraining
    method: str | None
    label: str
    sha256: str  # of the backbone; empty without a checkpoint
    experiment: str | None
    figures: list[Figure | None]  # a column each; None if not run
    remarks: tuple[Remark, ...]
    epochs: tuple[str, ...] = ()  # of best-epoch results: which, and the last


def lines_of(table: Table, results: list[Result]) -> list[Line]:
    """A line for every backbone that has a result in the table's columns.

    Runs of one backbone that differ in seeds share a line; those with other
    settings, or partly loaded, have one of their own. Backbones that the
    paper has no row for come last.
    """
    groups: dict[tuple, list[Result]] = {}
    for result in results:
        if is_in(table, result):
            row = row_of(table, result)
            key = (row, result.row, result.start, result.remarks)
            groups.setdefault(key, []).append(result)
    order = {row: place for place, row in enumerate(table.rows)}
    ordered = sorted(
        groups.items(), key=lambda x: order.get(x[0][0], len(order))
    )
    lines = [
        Line(
            number,
            row,
            method,
            label_of(row, method, group[0]),
            group[0].sha256,
            group[0].experiment,
            [figure(table, row, i, group) for i in range(len(table.columns))],
            remarks,
            tuple(x for r in group for x in best_epoch(r)),
        )
        for number, ((row, method, _, remarks), group) in enumerate(ordered, 1)
    ]
    return [line for line in lines if any(line.figures)]


def label_of(row: str | None, method: str | None, result: Result) -> str:
    """What a line is called; where no row says the method, it does."""
    if row is None and method:
        return f'{method} ({result.label})'
    return result.label


def figure(
    table: Table, row: str | None, index: int, group: list[Result]
) -> Figure | None:
    """The number of one backbone in one column, or None if it was not run.

    Args:
        table: The column's table.
        row: The backbone's row, None if it has none.
        index: The column, counted from 0.
        group: The backbone's runs.
    """
    column = table.columns[index]
    if row is None:
        runs = [
            x
            for x in group
            if x.name in names(table, index) and column.metric in x.metrics
        ]
    else:
        runs = [x for x in group if belongs(table, row, index, x)]
    if not runs:
        return None
    measured = [run.metrics.get(column.metric) for run in runs]
    values = [value * column.scale for value in measured if value is not None]
    return Figure(
        statistics.mean(values) if values else None,
        statistics.stdev(values) if len(values) > 1 else None,
        len(values),
    )


def best_epoch(result: Result) -> list[str]:
    """Say that it is the best epoch's, and what came of the last one.

    The text is such as ``best epoch 84, after the last accuracy/top1 69.30``,
    and there is none for other results.
    """
    if result.best_epoch is None:
        return []
    name, value = next(iter(result.metrics_last.items()), (None, None))
    last = '' if value is None else f', after the last {name} {value:.2f}'
    return [f'best epoch {result.best_epoch}{last}']


def by_group(
    table: Table, lines: list[Line]
) -> list[tuple[str, list[int], list[Line]]]:
    """Each group of columns by its title, the columns, counted from 0, and
    the lines that have results there."""
    parts = []
    for group in dict.fromkeys(column.group for column in table.columns):
        where = [i for i, c in enumerate(table.columns) if c.group == group]
        found = [x for x in lines if any(x.figures[i] for i in where)]
        parts.append((group, where, found))
    return parts


def in_no_table(tables: list[Table], results: list[Result]) -> list[Result]:
    """Choose the runs of configs and of methods that no table has."""
    return [
        result
        for result in results
        if not any(is_in(table, result) for table in tables)
    ]
