"""The paper's tables, from paper.yml."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from ..utils.places import project_root

FILE = Path(__file__).with_name('paper.yml')
CONFIGS = project_root() / 'configs'
# Of these the libraries report fractions, of the others percent.
FRACTIONS = ('coco/', 'cityscapes/')
# Rows that tools/transfer.py fills without a checkpoint.
WITHOUT_CHECKPOINT = {'Rand Init': 'random', 'Supervised': 'supervised'}


class Column(NamedTuple):
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
        return f'{self.group}: {self.label}'


class Also(NamedTuple):
    """Another number of the authors' for a cell."""

    value: float
    source: str


class Table(NamedTuple):
    number: int
    title: str
    columns: list[Column]
    rows: dict[str, list[float | None]]  # percent, a value a column
    notes: list[str]
    also: dict[tuple[str, int], list[Also]]  # by row and column
    configs: dict[str, dict]  # other configs of rows
    pretraining: dict[str, str | dict]  # of rows

    def config(self, row: str | None, index: int) -> str | None:
        """What is run for a cell; None: nothing."""
        config = self.columns[index].config
        return self.configs.get(row, {}).get(config, config)

    def pretrained(self, row: str, index: int) -> str | None:
        """The pretraining config's name; None: not a method of ours."""
        found = self.pretraining.get(row)
        if isinstance(found, dict):
            return found[self.columns[index].pretraining]
        return found

    def is_ours(self, row: str, index: int) -> bool:
        """Whether this project can fill a cell."""
        known = row in WITHOUT_CHECKPOINT or self.pretrained(row, index)
        return bool(known and self.config(row, index))


class Paper(NamedTuple):
    tables: dict[int, Table]
    standard: dict[str, str]  # pretraining of methods, unless a table says


@lru_cache(maxsize=None)
def read_paper() -> Paper:
    """All there is; shared, not to be changed."""
    content = yaml.safe_load(FILE.read_text(encoding='utf-8'))
    standard = content['standard']
    tables = [to_table(entry, standard) for entry in content['tables']]
    return Paper({table.number: table for table in tables}, standard)


def read_tables(numbers: list[int] | None = None) -> list[Table]:
    """The tables of these numbers, or all there are.

    Raises:
        ValueError: If there is no such table.
    """
    tables = read_paper().tables
    missing = sorted(set(numbers or []) - set(tables))
    if missing:
        raise ValueError(
            f'no numbers of table {", ".join(map(str, missing))}; there are '
            f'tables {", ".join(map(str, tables))}'
        )
    return [tables[number] for number in dict.fromkeys(numbers or tables)]


def to_table(entry: dict, standard: dict[str, str]) -> Table:
    columns = [
        Column(
            group['title'],
            label,
            group['config'],
            metric,
            group.get('pretraining'),
        )
        for group in entry['groups']
        for label, metric in group['metrics'].items()
    ]
    for name, values in entry['rows'].items():
        assert len(values) == len(columns), (entry['table'], name)
    own = entry.get('pretraining', {})
    pretraining = {
        row: own.get(row, standard.get(row)) for row in entry['rows']
    }
    return Table(
        entry['table'],
        entry['title'],
        columns,
        entry['rows'],
        entry.get('notes', []),
        read_also(entry.get('also', []), columns),
        entry.get('configs', {}),
        {row: found for row, found in pretraining.items() if found},
    )


def read_also(entries: list[dict], columns: list[Column]) -> dict:
    found = {}
    for entry in entries:
        where = (entry['group'], entry['column'])
        (index,) = (
            i for i, c in enumerate(columns) if (c.group, c.label) == where
        )
        also = Also(entry['value'], entry['source'])
        found.setdefault((entry['row'], index), []).append(also)
    return found


def how_to_run(table: Table, row: str, index: int) -> str:
    """The command that fills a cell of ours, from a CHECKPOINT."""
    config = f'configs/{table.config(row, index)}.py'
    checkpoint = WITHOUT_CHECKPOINT.get(row, 'CHECKPOINT')
    tool = 'knn' if '-knn_' in config else 'transfer'
    return f'bash tools/dist_{tool}.sh {config} {checkpoint} 8'


def how_to_pretrain(table: Table, row: str, index: int) -> str | None:
    """The command that makes the CHECKPOINT, if it needs one."""
    stem = table.pretrained(row, index)
    if stem is None:
        return None
    (path,) = (CONFIGS / 'regioncl').rglob(f'{stem}.py')
    gpus = re.search(r'_(\d+)xb', stem)[1]
    relative = path.relative_to(CONFIGS.parent)
    return f'bash tools/dist_train.sh {relative} {gpus}'
