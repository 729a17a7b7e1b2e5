"""What a table of the paper is."""

from __future__ import annotations

from typing import NamedTuple

from .check import ROWS

# Of these the libraries report fractions, of the others percent.
FRACTIONS = ('coco/', 'cityscapes/')
# Rows that tools/transfer.py fills without a checkpoint.
WITHOUT_CHECKPOINT = {row: init for init, row in ROWS.items()}


class Column(NamedTuple):
    """One kind of numbers of a table."""

    group: str  # such as 'FPN, 1x'
    label: str  # such as 'AP bb'
    config: str  # below configs/, without .py
    metric: str
    pretraining: str | int | None  # which of a row's, if it has several

    @property
    def scale(self) -> float:
        """What makes percent of the metric."""
        return 100.0 if self.metric.startswith(FRACTIONS) else 1.0

    @property
    def heading(self) -> str:
        """What tells it from all other columns of its table."""
        return f'{self.group}: {self.label}'


class Also(NamedTuple):
    """Another number of the authors' for a cell."""

    value: float
    source: str


class Table(NamedTuple):
    """One of the paper's tables."""

    number: int
    title: str
    columns: list[Column]
    rows: dict[str, list[float | None]]  # percent, a value a column
    notes: list[str]
    also: dict[tuple[str, int], list[Also]]  # by row and column
    configs: dict[str, dict[str, str | None]]  # other configs of rows
    pretraining: dict[str, str | dict]  # of rows

    def config(self, row: str | None, index: int) -> str | None:
        """The config that is run for a cell, or None if there is none.

        Args:
            row: None stands for a checkpoint that has no row.
            index: The column, counted from 0.
        """
        config = self.columns[index].config
        return self.configs.get(row or '', {}).get(config, config)

    def pretrained(self, row: str, index: int) -> str | None:
        """The pretraining config's name, or None if the row's method is not
        one of ours."""
        found = self.pretraining.get(row)
        if isinstance(found, dict):
            return found[self.columns[index].pretraining]
        return found

    def pretrainings(self, row: str) -> list[str]:
        """The names of all pretraining configs of a row."""
        found = self.pretraining.get(row, {})
        return [found] if isinstance(found, str) else list(found.values())

    def is_ours(self, row: str, index: int) -> bool:
        """Whether this project can fill a cell."""
        known = row in WITHOUT_CHECKPOINT or self.pretrained(row, index)
        return bool(known and self.config(row, index))
