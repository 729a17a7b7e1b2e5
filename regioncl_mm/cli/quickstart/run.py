"""The quickstart: train, compare, and learn a task from what was trained."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from ...utils.files import write_json
from ...utils.places import as_typed
from ..programs import run_tool
from .data import provide_data
from .equal_time import as_before, plan_equal_time, scalars_of
from .launch import run_in_turn, run_side_by_side
from .notes import notes
from .report import add_transfer, conclude, report
from .runs import Comparison, Run, find_config, longer_key, pairs, plan
from .transfer import transfer, transfer_seeds

MOST_TRANSFERS = 3  # of as many seeds


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of tools/quickstart.py say.

    Raises:
        SystemExit: If a method is unknown, if it is interrupted, or if runs
            failed.
    """
    out = args.work_dir.resolve()
    try:
        chosen = pairs(args.methods) if args.all or args.methods else None
    except ValueError as error:
        sys.exit(f'quickstart.py: {error}')
    compared = Comparison(
        chosen or pairs()[:1],
        range(args.seed, args.seed + args.seeds),
        out,
        several=args.all or args.seeds > 1 or len(chosen or ()) > 1,
    )
    runs = plan(compared, args.cfg_options)
    provide_data()
    draw_regions(compared.first[1], out)

    start = time.time()
    kept, failed, jobs = train(runs, args, compared.several)
    scalars: dict[str, dict] = {run.method: {} for run in runs}
    for run in runs:
        if run not in failed:
            scalars[run.method][run.seed] = run.scalars()
    longer = plan_equal_time(compared, scalars, args.cfg_options)
    if args.resume:
        longer = as_before(compared, scalars, longer, args.cfg_options)
    if longer:
        print('\nWithout RegionCL once more, as long as RegionCL took:')
        kept_too, failed_too, _ = train(longer, args, compared.several)
        kept, failed = kept + kept_too, failed + failed_too
    for pair in compared.pairs:
        key = longer_key(pair[0])
        scalars[key] = scalars_of(pair, scalars, longer, failed)
    runs += longer
    minutes = (time.time() - start) / 60

    below = notes(compared.seeds, jobs, kept, failed)
    summary = report(scalars, compared, below)
    if compared.several:
        summary.update(
            seeds=list(compared.seeds),
            jobs=jobs,
            failed=[dict(method=x.method, seed=x.seed) for x in failed],
        )
    write_summary(summary, out)
    pretrained = of_one_seed(compared, [x for x in runs if x not in failed])
    if pretrained and not args.no_transfer:
        if compared.several:
            summary['transfer'] = transfer_seeds(pretrained, out / 'transfer')
            add_transfer(summary['transfer'], out)
        else:
            ours = pretrained[0][-1:]
            summary['transfer'] = transfer(ours, out / 'transfer')
        write_summary(summary, out)
    print(
        f'\nTraining took {minutes:.1f} minutes.'
        if len(kept) < len(runs)
        else '\nNothing was left to train.'
    )
    conclude(summary, compared)
    if failed:
        sys.exit(
            f'\n{len(failed)} of {len(runs)} runs failed, as said above. The '
            'same command with --resume repeats only these.'
        )


def draw_regions(method: str, out: Path) -> None:
    """Draw what the method's region branch sees."""
    config = as_typed(find_config(method))
    run_tool(
        'browse_regions.py',
        config,
        *('--out', out / 'regions.png'),
        show='drew',
    )


def train(
    runs: list[Run], args: argparse.Namespace, several: bool
) -> tuple[list[Run], list[Run], int]:
    """Train what is not kept.

    Returns:
        The runs kept as finished before, those that failed, and how many ran
        at a time.

    Raises:
        SystemExit: If it is interrupted.
    """
    try:
        if not several:
            return run_in_turn(runs, args.resume), [], 1
        jobs = min(args.jobs or len(os.sched_getaffinity(0)), len(runs))
        print(
            f'\n{len(runs)} runs, {jobs} at a time with one thread each '
            '(OMP_NUM_THREADS=1):'
        )
        return (*run_side_by_side(runs, args.resume, jobs), jobs)
    except KeyboardInterrupt:
        sys.exit(
            '\nStopped, and the trainings with it. The same command with '
            '--resume keeps the runs that have finished.'
        )


def of_one_seed(compared: Comparison, runs: list[Run]) -> list[list[Run]]:
    """The first pair's finished runs, a list a seed, of some seeds."""
    groups = [
        [x for x in runs if x.seed == seed and x.method in compared.first]
        for seed in compared.seeds
    ]
    return [group for group in groups if len(group) == 2][:MOST_TRANSFERS]


def write_summary(summary: dict, out: Path) -> None:
    """Write ``summary.json``, so far as it is known."""
    write_json(out / 'summary.json', summary)
