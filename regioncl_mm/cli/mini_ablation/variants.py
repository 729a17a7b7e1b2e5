"""The rows of the paper's Tables 9, 10 and 14, as settings of RegionCL-M."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, NamedTuple

from ...methods import METHODS
from ..quickstart.runs import Run, find_config
from ..quickstart.runs import schedule as quickstart_schedule

# The paper ablates RegionCL-M.
METHOD = next(row for row in METHODS if row.stem == 'regioncl-m')
BASE = METHOD.base_key.replace('_', '-')
BRANCH, HEAD = 'model.region_branch', 'model.region_head'


class Variant(NamedTuple):
    """A row of the paper's tables.

    Attributes:
        label: What the progress of its runs calls it.
        cfg_options: Settings of RegionCL-M's config, ``key=value`` each.
    """

    label: str
    cfg_options: tuple[str, ...] = ()


def cells(low: int, high: int) -> Variant:
    """RegionCL-M with rectangles of other sides, in cells."""
    options = (f'{BRANCH}.min_cells={low}', f'{BRANCH}.max_cells={high}')
    return Variant(f'{low} to {high} cells', options)


# By the name of a folder; one run serves every table that it is a row of.
VARIANTS = {
    BASE: Variant(METHOD.base_name, ('model.region_branch=None',)),
    METHOD.stem: Variant(METHOD.name),
    'cells-1-5': cells(1, 5),
    'cells-2-5': cells(2, 5),
    'cells-4-5': cells(4, 5),
    'cells-3-4': cells(3, 4),
    'cells-3-6': cells(3, 6),
    'canvas-only': Variant(
        'canvas only',
        (f'{HEAD}.use_paste=False', f'{HEAD}.use_intra_negative=False'),
    ),
    'paste-only': Variant(
        'paste only',
        (f'{HEAD}.use_canvas=False', f'{HEAD}.use_intra_negative=False'),
    ),
    'no-intra-negative': Variant(
        'both, no negatives within', (f'{HEAD}.use_intra_negative=False',)
    ),
    'no-swap': Variant('without swapping', (f'{BRANCH}.swap=False',)),
}


def schedule(epochs: int) -> tuple[str, ...]:
    """Settings of a run of so many epochs, evaluated before and after."""
    return (
        *quickstart_schedule(epochs),
        f'custom_hooks.2.interval={epochs}',
        'custom_hooks.2.query_dataloader.dataset.indices=10000',
    )


def plan(
    chosen: list[str] | None,
    seeds: Iterable[int],
    epochs: int,
    work_dir: Path,
    cfg_options: Iterable[str],
) -> list[Run]:
    """All runs; those of one seed follow each other.

    Args:
        chosen: Names of variants, None for all; the base is always there.
        seeds: Those of every variant.
        epochs: How long each run trains.
        work_dir: The folder of all runs.
        cfg_options: Settings of all runs, as tools/train.py takes them.

    Raises:
        ValueError: If there is no variant of a name.
    """
    unknown = [name for name in chosen or () if name not in VARIANTS]
    if unknown:
        raise ValueError(
            f'there is no variant {", ".join(unknown)}; there are '
            + ', '.join(VARIANTS)
        )
    names = [x for x in VARIANTS if chosen is None or x in (BASE, *chosen)]
    config = find_config(METHOD.key)
    return [
        Run(
            name,
            VARIANTS[name].label,
            seed,
            config,
            work_dir / name / f'seed{seed}',
            (*schedule(epochs), *VARIANTS[name].cfg_options, *cfg_options),
        )
        for seed in seeds
        for name in names
    ]
