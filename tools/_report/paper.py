"""The paper's tables, from paper.yml."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml

FILE = Path(__file__).with_name('paper.yml')
SUPERSCRIPTS = '¹²³⁴⁵⁶⁷⁸⁹'
MAX_COLUMNS = 6  # beside each other; more do not fit a terminal


class Column(NamedTuple):
    group: str  # such as 'FPN 1x'
    label: str  # such as 'AP bb'
    config: str  # below configs/, without .py
    metric: str
    scale: float  # makes percent of the metric

    @property
    def name(self) -> str:
        """Unique in its table."""
        return f'{self.group} {self.label}'

    @property
    def config_name(self) -> str:
        """As results.json has it."""
        return self.config.split('/')[-1]


class Note(NamedTuple):
    text: str
    row: str | None = None
    columns: list[str] | None = None  # names


class Table(NamedTuple):
    number: int
    title: str
    columns: list[Column]
    rows: dict[str, list[float | None]]  # percent, a value a column
    notes: list[Note]

    @property
    def configs(self) -> list[str]:
        return list(dict.fromkeys(column.config for column in self.columns))

    def blocks(self) -> list[list[int]]:
        """Columns that go side by side, groups kept together."""
        blocks: list[list[int]] = [[]]
        for group in dict.fromkeys(c.group for c in self.columns):
            found = [i for i, c in enumerate(self.columns) if c.group == group]
            if blocks[-1] and len(blocks[-1]) + len(found) > MAX_COLUMNS:
                blocks.append([])
            blocks[-1] += found
        return blocks

    def mark(self, row: str | None, column: str | None) -> str:
        """Numbers of the notes on a cell, a row or a column."""
        return ''.join(
            SUPERSCRIPTS[number]
            for number, note in enumerate(self.notes)
            if (note.row, note.columns) != (None, None)
            and note.row == row
            and (column in note.columns if note.columns else not column)
        )

    def footnotes(self) -> list[str]:
        return [
            note.text
            if note.row is None and note.columns is None
            else f'{SUPERSCRIPTS[number]} {note.text}'
            for number, note in enumerate(self.notes)
        ]

    def note(self, row: str, column: str) -> str:
        """What is to be said about a cell."""
        return '; '.join(
            note.text
            for note in self.notes
            if (note.row, note.columns) != (None, None)
            and note.row in (None, row)
            and column in (note.columns or [column])
        )


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
            f'there is no table {", ".join(map(str, missing))} here; '
            f'--tables takes {", ".join(map(str, tables))}'
        )
    return [tables[number] for number in dict.fromkeys(numbers or tables)]


def to_table(entry: dict) -> Table:
    columns = [
        Column(group['title'], label, group['config'], metric, group['scale'])
        for group in entry['groups']
        for label, metric in group['columns'].items()
    ]
    names = {column.name for column in columns}
    assert len(names) == len(columns), entry['table']
    for row, values in entry['rows'].items():
        assert len(values) == len(columns), (entry['table'], row)
    notes = [Note(**note) for note in entry.get('notes', [])]
    for note in notes:
        assert note.row is None or note.row in entry['rows'], note
        assert names.issuperset(note.columns or []), note
    return Table(entry['table'], entry['title'], columns, entry['rows'], notes)


def how_to_run(config: str, row: str | None = None) -> str:
    """The command that fills the cells of a config."""
    start = {'Rand Init': 'random', 'Supervised': 'supervised'}
    return (
        f'bash tools/dist_transfer.sh configs/{config}.py '
        f'{start.get(row, "CHECKPOINT")} 8'
    )
