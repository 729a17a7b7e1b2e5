"""The paper's tables, from paper.yml."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml

FILE = Path(__file__).with_name('paper.yml')
PERCENT = ('mIoU',)  # as the libraries report them; the others are fractions
# Rows that tools/transfer.py fills without a checkpoint.
WITHOUT_CHECKPOINT = {'Rand Init': 'random', 'Supervised': 'supervised'}
METHODS = (
    *('MoCo v2', 'RegionCL-M', 'DenseCL', 'RegionCL-D'),
    *('SimSiam', 'RegionCL-S'),
)


class Column(NamedTuple):
    group: str  # such as 'FPN, 1x'
    label: str  # such as 'AP bb'
    config: str  # below configs/, without .py
    metric: str

    @property
    def name(self) -> str:
        """Of the config, as results.json has it."""
        return self.config.split('/')[-1]

    @property
    def scale(self) -> float:
        """What makes percent of the metric."""
        return 1.0 if self.metric in PERCENT else 100.0


class Table(NamedTuple):
    number: int
    title: str
    columns: list[Column]
    rows: dict[str, list[float | None]]  # percent, a value a column
    notes: list[str]


def read_tables(numbers: list[int] | None = None) -> list[Table]:
    """The tables of these numbers, or all there are.

    Raises:
        ValueError: If there is no such table.
    """
    content = yaml.safe_load(FILE.read_text(encoding='utf-8'))
    tables = {entry['table']: to_table(entry) for entry in content}
    missing = sorted(set(numbers or []) - set(tables))
    if missing:
        raise ValueError(
            f'no numbers of table {", ".join(map(str, missing))}; there are '
            f'tables {", ".join(map(str, tables))}'
        )
    return [tables[number] for number in dict.fromkeys(numbers or tables)]


def to_table(entry: dict) -> Table:
    columns = [
        Column(group['title'], label, group['config'], metric)
        for group in entry['groups']
        for label, metric in group['metrics'].items()
    ]
    for name, values in entry['rows'].items():
        assert len(values) == len(columns), (entry['table'], name)
    return Table(
        entry['table'],
        entry['title'],
        columns,
        entry['rows'],
        entry.get('notes', []),
    )


def is_ours_to_run(row: str) -> bool:
    """Whether a row is a method that this project has."""
    return row in METHODS or row in WITHOUT_CHECKPOINT


def how_to_run(column: Column, row: str) -> str:
    """The command that fills a cell."""
    checkpoint = WITHOUT_CHECKPOINT.get(row, 'CHECKPOINT')
    return (
        f'bash tools/dist_transfer.sh configs/{column.config}.py '
        f'{checkpoint} 8'
    )
