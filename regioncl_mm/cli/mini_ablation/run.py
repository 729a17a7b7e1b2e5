"""The small ablation: train, classify, and compare with the paper."""

from __future__ import annotations

import argparse
import sys
import time

from ...utils.files import write_text
from ..quickstart.data import provide_data
from ..quickstart.launch import run_side_by_side
from ..quickstart.runs import Run
from .evaluate import evaluate
from .notes import notes
from .results import read
from .tables import as_markdown
from .variants import plan


def run(args: argparse.Namespace, command: str) -> None:
    """Do what the arguments of tools/mini_ablation.py say.

    Args:
        args: The arguments.
        command: As the tables tell how they were made.

    Raises:
        SystemExit: If a variant is unknown, if it is interrupted, or if runs
            failed.
    """
    try:
        _run(args, command)
    except KeyboardInterrupt:
        sys.exit('\nStopped; the same command goes on from here.')


def _run(args: argparse.Namespace, command: str) -> None:
    work_dir = args.work_dir.resolve()
    try:
        runs = plan(
            args.variants,
            range(args.seed, args.seed + args.seeds),
            args.epochs,
            work_dir,
            args.cfg_options,
        )
    except ValueError as error:
        sys.exit(f'mini_ablation.py: {error}')
    provide_data()
    start = time.monotonic()
    print(
        f'{len(runs)} runs, {args.jobs} at a time with one thread each '
        '(OMP_NUM_THREADS=1):'
    )
    _, failed = run_side_by_side(runs, True, args.jobs)
    trained: list[Run] = [x for x in runs if x not in failed]
    failed += evaluate(trained, args.jobs)
    results = read(runs, failed)
    text = as_markdown(
        results, args.seeds, notes(results, args.seeds, args.epochs, command)
    )
    write_text(work_dir / 'mini_ablation.md', text)
    print('', text, f'wrote {work_dir / "mini_ablation.md"}', sep='\n')
    print(f'{(time.monotonic() - start) / 60:.1f} minutes')
    if failed:
        sys.exit(
            f'{len(failed)} of {len(runs)} runs failed, as said above. The '
            'same command repeats only these.'
        )
