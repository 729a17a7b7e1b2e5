"""The paper's tables, from paper.yml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from ..methods import method_of_experiment
from .tables import Also, Column, Table

FILE = Path(__file__).with_name('paper.yml')


class Paper(NamedTuple):
    """All that paper.yml has."""

    tables: dict[int, Table]
    standard: dict[str, str]  # pretraining of methods, unless a table says


@lru_cache(maxsize=None)
def read_paper() -> Paper:
    """Read all there is. The result is shared and not to be changed."""
    content = yaml.safe_load(FILE.read_text(encoding='utf-8'))
    standard = {}
    for stem in content['standard']:
        name = method_of_experiment(stem)
        assert name is not None, stem
        standard[name] = stem
    tables = [to_table(entry, standard) for entry in content['tables']]
    return Paper({table.number: table for table in tables}, standard)


@lru_cache(maxsize=None)
def papers_methods() -> frozenset[str]:
    """The methods of this project that the tables have rows of."""
    stems = (
        stem
        for table in read_paper().tables.values()
        for row in table.pretraining
        for stem in table.pretrainings(row)
    )
    return frozenset(x for x in map(method_of_experiment, stems) if x)


def read_tables(numbers: list[int] | None = None) -> list[Table]:
    """Choose the tables of these numbers, or all there are.

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
    """Make a table of one of paper.yml's entries."""
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


def read_also(
    entries: list[dict], columns: list[Column]
) -> dict[tuple[str, int], list[Also]]:
    """Find the cells that the authors have other numbers for."""
    found: dict[tuple[str, int], list[Also]] = {}
    for entry in entries:
        where = (entry['group'], entry['column'])
        (index,) = (
            i for i, c in enumerate(columns) if (c.group, c.label) == where
        )
        also = Also(entry['value'], entry['source'])
        found.setdefault((entry['row'], index), []).append(also)
    return found
