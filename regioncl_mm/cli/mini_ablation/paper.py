"""The paper's differences to MoCo v2, from the report's tables."""

from __future__ import annotations

from functools import lru_cache

from ...report.paper import Table, read_paper

# Linear top-1 of the same runs; 200 epochs there, as Table 14 has it.
METRICS = {'knn20': 'knn20', 'knn100': 'knn100', 'linear': 'accuracy/top1'}


@lru_cache(maxsize=None)
def tables() -> dict[int, Table]:
    return read_paper().tables


def difference(number: int, row: str, metric: str) -> float | None:
    """A row's difference to the first one, MoCo v2, if it is printed.

    Args:
        number: The table's, such as 9.
        row: Its name in the paper's table.
        metric: A column's, one of ``METRICS``.
    """
    table = tables()[number]
    base = next(iter(table.rows))
    for index, column in enumerate(table.columns):
        if column.metric == METRICS[metric] and row != base:
            ours, theirs = table.rows[row][index], table.rows[base][index]
            if ours is not None and theirs is not None:
                return round(ours - theirs, 1)
    return None
