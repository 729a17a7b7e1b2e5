"""Which of our results belongs to which cell of a table."""

from __future__ import annotations

from ..methods import names_by_stem
from .check import ROWS
from .how_to import pretraining_configs
from .paper import papers_methods, read_paper
from .remarks import epochs_of
from .results import Result
from .tables import WITHOUT_CHECKPOINT, Table


def belongs(table: Table, row: str, index: int, result: Result) -> bool:
    """Whether a result is one of a cell.

    What was pretrained by one of our configs belongs to this config's rows
    alone: 800 epochs are not 200. Of another checkpoint the method counts,
    which stands for the method's standard pretraining, unless its config's
    name has other epochs.
    """
    config = table.config(row, index)
    if config is None or config.split('/')[-1] != result.name:
        return False
    if table.columns[index].metric not in result.metrics:
        return False
    if row in WITHOUT_CHECKPOINT:
        return ROWS.get(result.start) == row
    wanted = table.pretrained(row, index)
    if wanted is None or result.start in ROWS:
        return False
    if result.experiment in pretraining_configs():
        return result.experiment == wanted
    epochs = epochs_of(result.experiment)
    if epochs is not None and epochs != epochs_of(wanted):
        return False
    return read_paper().standard.get(result.row or '') == wanted


def row_of(table: Table, result: Result) -> str | None:
    """The row that a result belongs to, in whatever column."""
    for row in table.rows:
        for index in range(len(table.columns)):
            if belongs(table, row, index, result):
                return row
    return None


def names(table: Table, index: int) -> set[str]:
    """The names of all configs that fill a column, whatever the row."""
    configs = {table.config(row, index) for row in (None, *table.rows)}
    return {config.split('/')[-1] for config in configs if config}


def is_in(table: Table, result: Result) -> bool:
    """Whether a table has a column for the result, whatever its row.

    A method of ours that the paper does not have is in none of its tables.
    """
    if is_beyond_the_paper(result):
        return False
    return any(
        result.name in names(table, index) and column.metric in result.metrics
        for index, column in enumerate(table.columns)
    )


def is_beyond_the_paper(result: Result) -> bool:
    """Whether a result is of a method that only this project has."""
    ours = names_by_stem().values()
    return result.row in ours and result.row not in papers_methods()
