"""Accuracy of steps that cost less than RegionCL-M's, on Fashion-MNIST."""

from __future__ import annotations

from argparse import Namespace
from typing import NamedTuple

from ..cli.mini_ablation.variants import schedule
from ..cli.quickstart.data import provide_data
from ..cli.quickstart.figures import evaluations, over_seeds
from ..cli.quickstart.launch import run_side_by_side
from ..cli.quickstart.runs import Run, find_config
from ..cli.quickstart.tables import difference, value

PAPERS = 'regioncl-m'


class Variant(NamedTuple):
    """What is compared.

    Attributes:
        label: Begins its row of the table.
        cost: What a step costs, in steps of MoCo v2.
        cfg_options: Settings beside RegionCL-M's own.
    """

    label: str
    cost: float
    cfg_options: tuple[str, ...] = ()


VARIANTS = {
    'moco-v2': Variant('MoCo v2', 1, ('model.region_branch=None',)),
    PAPERS: Variant('RegionCL-M', 1.75),
    'half': Variant(
        'composite_fraction=0.5',
        1.375,
        ('model.region_branch.composite_fraction=0.5',),
    ),
}


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/cheaper_steps.py`` does, with its arguments.

    Raises:
        ValueError: If the images are nowhere to be had, or runs failed; those
            that did not are in the table.
    """
    names = [x for x in VARIANTS if x in (PAPERS, *args.variants)]
    provide_data()
    runs = plan(names, args)
    _, failed = run_side_by_side(runs, True, args.jobs)
    found: dict[str, dict[int, float]] = {run.method: {} for run in runs}
    for run in runs:
        if run not in failed:
            last = evaluations(run.scalars())[-1]
            found[run.method][run.seed] = last['knn20']
    print('', *table(names, args.epochs, args.seeds, found), sep='\n')
    if failed:
        raise ValueError(
            f'{len(failed)} of {len(runs)} runs failed, as said above; (n) '
            'in the table: over n seeds'
        )


def equal_time(name: str, epochs: int) -> int:
    """Epochs of a variant that cost what RegionCL-M's do."""
    return round(epochs * VARIANTS[PAPERS].cost / VARIANTS[name].cost)


def folder(name: str, epochs: int) -> str:
    """Where the runs of a variant with so many epochs are."""
    return f'{name}_{epochs}e'


def plan(names: list[str], args: Namespace) -> list[Run]:
    """All runs, seed by seed, each length of a variant once."""
    lengths = [
        (name, epochs)
        for name in names
        for epochs in sorted(
            {equal_time(name, args.epochs)}
            | (set() if args.equal_time else {args.epochs})
        )
    ]
    return [
        Run(
            folder(name, epochs),
            f'{VARIANTS[name].label}, {epochs} epochs',
            seed,
            find_config('regioncl_m'),
            args.work_dir.resolve() / folder(name, epochs) / f'seed{seed}',
            (
                *schedule(epochs),
                *VARIANTS[name].cfg_options,
                *args.cfg_options,
            ),
        )
        for seed in range(args.seed, args.seed + args.seeds)
        for name, epochs in lengths
    ]


def table(
    names: list[str],
    epochs: int,
    num_seeds: int,
    found: dict[str, dict[int, float]],
) -> list[str]:
    """Lines of Markdown, a variant a row.

    Args:
        names: Some of :data:`VARIANTS`, RegionCL-M among them.
        epochs: RegionCL-M's.
        num_seeds: How many a variant has if no run failed.
        found: The accuracy by folder and seed.
    """
    lines = [
        '| variant | cost | equal epochs | to RegionCL-M | '
        'epochs | equal time | to RegionCL-M |',
        '| --- | --: | --: | --: | --: | --: | --: |',
    ]
    papers = found[folder(PAPERS, epochs)]
    for name in names:
        longer = equal_time(name, epochs)
        cells = [VARIANTS[name].label, f'{VARIANTS[name].cost:.2f}']
        for length in (epochs, longer):
            values = found.get(folder(name, length))
            if values is None:  # it was left out
                cells += ['', '']
                continue
            gains = {s: values[s] - papers[s] for s in values if s in papers}
            cells.append(value(over_seeds(values), num_seeds))
            cells.append(
                '' if name == PAPERS else difference(over_seeds(gains))
            )
        cells.insert(4, str(longer))
        lines.append(f'| {" | ".join(cells)} |')
    return lines
