"""Tables 9, 10 and 14 with the paper's differences beside ours."""

from __future__ import annotations

from ..quickstart.figures import over_seeds
from ..quickstart.tables import difference, value
from . import paper
from .variants import BASE, METHOD

NAMES = {'knn20': '20-NN', 'knn100': '100-NN', 'linear': 'linear top-1'}
# The paper's rows, in its order, by variant; and what is compared.
TABLES = {
    9: (
        ('knn20', 'knn100'),
        {
            BASE: 'no paste view',
            'cells-1-5': '1 to 5 cells',
            'cells-2-5': '2 to 5 cells',
            METHOD.stem: '3 to 5 cells',
            'cells-4-5': '4 to 5 cells',
            'cells-3-4': '3 to 4 cells',
            'cells-3-6': '3 to 6 cells',
        },
    ),
    10: (
        ('knn20', 'knn100'),
        {
            BASE: 'neither',
            'canvas-only': 'canvas',
            'paste-only': 'paste',
            'no-intra-negative': 'paste, canvas',
            METHOD.stem: 'paste, canvas, negatives',
        },
    ),
    14: (
        ('linear', 'knn20', 'knn100'),
        {
            BASE: METHOD.base_name,
            'no-swap': 'w/o swapping',
            METHOD.stem: 'w/ swapping',
        },
    ),
}

# Variants of tables that have the classifier's accuracy.
CLASSIFIED = {
    variant
    for metrics, variants in TABLES.values()
    for variant in variants
    if 'linear' in metrics
}


def rows_of(number: int, results: dict, num_seeds: int) -> list[list[str]]:
    """The cells of a table.

    Each row has a variant's name, and then for each metric our figure, our
    difference to the base and the paper's.

    Args:
        number: The table's, such as 9.
        results: Those of each run, by variant and seed.
        num_seeds: How many a variant has if no run failed.
    """
    metrics, variants = TABLES[number]
    rows = [['']]
    for metric in metrics:
        rows[0] += [NAMES[metric], f'to {METHOD.base_name}', "the paper's"]
    for variant, row in variants.items():
        if variant not in results:
            continue
        cells = [row]
        for metric in metrics:
            found = values(results[variant], metric)
            base = values(results[BASE], metric)
            gains = {s: found[s] - base[s] for s in found if s in base}
            printed = paper.difference(number, row, metric)
            cells += [
                value(over_seeds(found), num_seeds),
                '' if variant == BASE else difference(over_seeds(gains)),
                '' if printed is None else f'{printed:+.1f}',
            ]
        rows.append(cells)
    return rows


def values(by_seed: dict[int, dict], metric: str) -> dict[int, float]:
    """A metric by seed, from the results of each."""
    return {seed: x['metrics'][metric] for seed, x in by_seed.items()}


def as_markdown(results: dict, num_seeds: int, notes: list[str]) -> str:
    """All tables, with notes above them."""
    parts = ['# Tables 9, 10 and 14 at the size of one machine', '', *notes]
    for number in TABLES:
        head, *rows = rows_of(number, results, num_seeds)
        rule = ['---', *('--:' for _ in head[1:])]
        lines = [f'| {" | ".join(row)} |' for row in (head, rule, *rows)]
        title = f'## Table {number}: {paper.tables()[number].title}'
        # What the paper's run took is said by the notes, not by the title.
        parts += ['', title.rsplit(',', 1)[0], '', *lines]
    return '\n'.join(parts) + '\n'
