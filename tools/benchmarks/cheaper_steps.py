"""What cheaper steps than RegionCL-M's cost in accuracy, on Fashion-MNIST.

Trains the quickstart's network with each variant twice: as many epochs as
RegionCL-M, and as many as take as long as RegionCL-M's would with a ResNet-50
at 224 pixels, by operations. Prints 20-NN and its differences to RegionCL-M,
seed by seed. Runs that are finished are kept: the same command goes on after
an interruption.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'tools')]

from get_fashion_mnist import get as get_fashion_mnist  # noqa: E402

from regioncl_mm.cli.mini_ablation.tables import figure  # noqa: E402
from regioncl_mm.cli.mini_ablation.variants import schedule  # noqa: E402
from regioncl_mm.cli.quickstart.figures import evaluations  # noqa: E402
from regioncl_mm.cli.quickstart.launch import run_side_by_side  # noqa: E402
from regioncl_mm.cli.quickstart.runs import Run, find_config  # noqa: E402

PAPERS = 'regioncl-m'


class Variant(NamedTuple):
    """What is compared.

    Attributes:
        label: Of its row.
        cost: Of a step, in MoCo v2's.
        cfg_options: Beside RegionCL-M's own settings. The network here has
            28-pixel images with 7 x 7 cells of 4 pixels: composites of 20
            and 16 have the cells that 160 and 128 have of 224.
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
    'every-second': Variant(
        'composite_every=2', 1.375, ('model.region_branch.composite_every=2',)
    ),
    'size-160': Variant(
        'composite_size=160', 1.38, ('model.region_branch.composite_size=20',)
    ),
    'size-128': Variant(
        'composite_size=128', 1.24, ('model.region_branch.composite_size=16',)
    ),
    'alone': Variant('instance_loss=False', 1, ('model.instance_loss=False',)),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--epochs', type=int, default=8, help="RegionCL-M's")
    parser.add_argument('--jobs', type=int, default=2, help='runs at a time')
    parser.add_argument(
        '--variants', nargs='+', choices=VARIANTS, default=list(VARIANTS)
    )
    parser.add_argument(
        '--work-dir', type=Path, default=ROOT / 'work_dirs' / 'cheaper_steps'
    )
    parser.add_argument('--cfg-options', nargs='+', default=[])
    args = parser.parse_args()
    names = [x for x in VARIANTS if x in (PAPERS, *args.variants)]
    data = get_fashion_mnist(
        ROOT / 'data' / 'fashion-mnist', os.environ.get('DATA_ROOT')
    )
    os.environ['DATA_ROOT'] = str(data.resolve())
    runs = plan(names, args)
    _, failed = run_side_by_side(runs, True, args.jobs)
    found: dict[str, dict[int, float]] = {run.method: {} for run in runs}
    for run in runs:
        if run not in failed:
            last = evaluations(run.scalars())[-1]
            found[run.method][run.seed] = last['knn20']
    print('', *table(names, args.epochs, found), sep='\n')
    if failed:
        sys.exit(f'{len(failed)} of {len(runs)} runs failed, as said above')


def equal_time(name: str, epochs: int) -> int:
    """Epochs of a variant that cost what RegionCL-M's do."""
    return round(epochs * VARIANTS[PAPERS].cost / VARIANTS[name].cost)


def folder(name: str, epochs: int) -> str:
    return f'{name}_{epochs}e'


def plan(names: list[str], args: argparse.Namespace) -> list[Run]:
    """All runs, seed by seed, each length of a variant once."""
    lengths = [
        (name, epochs)
        for name in names
        for epochs in sorted({args.epochs, equal_time(name, args.epochs)})
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
        for seed in range(args.seeds)
        for name, epochs in lengths
    ]


def table(names: list[str], epochs: int, found: dict) -> list[str]:
    """Lines of Markdown, a variant a row."""
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
            values = found[folder(name, length)]
            gains = {s: values[s] - papers[s] for s in values if s in papers}
            to_papers = '' if name == PAPERS else figure(gains, '+')
            cells += [figure(values), to_papers]
        cells.insert(4, str(longer))
        lines.append(f'| {" | ".join(cells)} |')
    return lines


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('\nStopped; the same command goes on from here.')
