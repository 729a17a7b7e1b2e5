"""Pretrain on Fashion-MNIST with and without RegionCL, and compare.

  (no option)  MoCo v2 and RegionCL-M with one seed, one after the other:
               6 minutes on two CPU cores
  --seeds N    this pair with N seeds, several runs side by side:
               4 minutes a seed on two CPU cores
  --all        MoCo v2, DenseCL, SimSiam, MoCo v3 and MoBY, each with and
               without RegionCL, with one seed or with --seeds N:
               25 minutes a seed on two CPU cores

The two of a pair have the same seeds, data and epochs. The figure of merit
is the accuracy of a k-nearest-neighbour classifier on frozen features of
held-out images.
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _quickstart import curves, launch, tables  # noqa: E402
from _quickstart.figures import summarise  # noqa: E402
from _quickstart.runs import PAIRS, ROOT, find_config, plan  # noqa: E402
from get_fashion_mnist import get as get_fashion_mnist  # noqa: E402

EPILOG = """
in the work dir:
  summary.json      `knn20`, `knn100` (percent) and `seconds_per_epoch` by
                    method, means over the seeds; `random` is the backbone as
                    initialised. With --all or several seeds also `pairs`, by
                    RegionCL method: `base`, its name, `epochs`, and for each
                    figure `values` by seed, `mean` and sample `std` of
                    `random`, `base`, `regioncl` and their `difference`;
                    further `seeds`, `jobs` and `failed`
  summary.md        the table, to paste into a document
  regions.png       what the region branch sees
  knn_by_epoch.png  accuracy by epoch; with --all a panel a pair
  METHOD/           configs, logs and checkpoints; with --all or several
                    seeds METHOD/seed0/ and so on, where output.txt holds
                    all that the run said
"""


def positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError('must be 1 or more')
    return int(text)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--all', action='store_true', help='all five pairs, not one'
    )
    parser.add_argument(
        '--seeds',
        type=positive,
        default=1,
        metavar='N',
        help='number of seeds, 1 by default',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='the first of them, 0 by default'
    )
    parser.add_argument(
        '--jobs',
        type=positive,
        metavar='J',
        help='with --all or several seeds: runs at a time, with one thread '
        'each; by default one a CPU core',
    )
    parser.add_argument(
        '--resume',
        action='store_true',
        help='keep the runs that the work dir has already, whole and with the '
        'same config and options; without --resume all start anew',
    )
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=ROOT / 'work_dirs' / 'quickstart',
        help='work_dirs/quickstart by default',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='settings for all runs, as of tools/train.py',
    )
    args = parser.parse_args()
    args.pairs = PAIRS if args.all else PAIRS[:1]
    args.several = args.all or args.seeds > 1
    if args.jobs and not args.several:
        parser.error('--jobs needs --all, or --seeds 2 or more')
    if any(x.startswith('randomness.seed=') for x in args.cfg_options):
        parser.error('use --seed instead of the option randomness.seed')
    return args


def report(scalars: dict, args: argparse.Namespace, below: list) -> dict:
    """Print the table, write it with ``below`` under it, draw the curves.

    Returns:
        What goes into summary.json.
    """
    summary = summarise(scalars, args.pairs)
    rows = tables.table(summary['pairs'], args.seeds)
    (args.work_dir / 'summary.md').write_text(
        '\n'.join([tables.as_markdown(rows), '', *below, '']),
        encoding='utf-8',
    )
    picture = args.work_dir / 'knn_by_epoch.png'
    if args.several:
        print('', tables.as_text(rows), '', *below, sep='\n')
        curves.plot_pairs(scalars, args.pairs, picture)
    else:
        del summary['pairs']
        tables.print_methods(summary)
        lines = {method: runs[args.seed] for method, runs in scalars.items()}
        curves.plot_methods(lines, picture)
    return summary


def conclude(summary: dict, args: argparse.Namespace) -> None:
    """Say what to make of the table, and where everything is."""
    if not args.several:
        knn20 = summary['knn20']
        gain = knn20['regioncl_m'] - knn20['moco_v2']
        print(
            f'RegionCL-M is {abs(gain):.2f} points '
            f'{"ahead of" if gain > 0 else "behind"} MoCo v2 in 20-NN with '
            'this seed.'
        )
    if args.seeds == 1:
        print(
            'So short a run of so small a network varies by points from seed '
            'to seed: compare several (--seeds 3) before you conclude.'
        )
    folder, output, values = 'METHOD/', '', ''
    if args.several:
        folder, output = 'METHOD/seedN/', '; output.txt: all that was said'
        values = ", and every seed's figures"
    print(f"""
What was written to {args.work_dir}:
  summary.json          the table above{values}
  summary.md            the table, to paste into a document
  regions.png           what the region branch sees
  knn_by_epoch.png      accuracy by epoch
  {folder:22}logs and checkpoints (epoch_*.pth){output}
To watch the curves:
  {Path(sys.executable).parent / 'tensorboard'} --logdir {args.work_dir}""")


def main() -> None:
    args = parse_args()
    seeds = range(args.seed, args.seed + args.seeds)
    out = args.work_dir.resolve()
    runs = plan(args.pairs, seeds, out, args.cfg_options, args.several)
    data = get_fashion_mnist(
        ROOT / 'data' / 'fashion-mnist', os.environ.get('DATA_ROOT')
    )
    os.environ['DATA_ROOT'] = str(data.resolve())
    config = os.path.relpath(find_config('regioncl_m'), ROOT)
    picture = ('--out', out / 'regions.png')
    launch.run_tool('tools/browse_regions.py', config, *picture, show='drew')

    start, jobs, failed = time.time(), 1, []
    try:
        if args.several:
            jobs = min(args.jobs or len(os.sched_getaffinity(0)), len(runs))
            print(
                f'\n{len(runs)} runs, {jobs} at a time with one thread each '
                '(OMP_NUM_THREADS=1):'
            )
            kept, failed = launch.run_side_by_side(runs, args.resume, jobs)
        else:
            kept = launch.run_in_turn(runs, args.resume)
    except KeyboardInterrupt:
        sys.exit(
            '\nStopped, and the trainings with it. The same command with '
            '--resume keeps the runs that have finished.'
        )
    minutes = (time.time() - start) / 60

    scalars = {run.method: {} for run in runs}
    for run in runs:
        if run not in failed:
            scalars[run.method][run.seed] = run.scalars()
    summary = report(scalars, args, tables.notes(seeds, jobs, kept, failed))
    if args.several:
        summary.update(
            seeds=list(seeds),
            jobs=jobs,
            failed=[dict(method=x.method, seed=x.seed) for x in failed],
        )
    text = json.dumps(summary, indent=2) + '\n'
    (args.work_dir / 'summary.json').write_text(text)
    print(
        f'\nTraining took {minutes:.1f} minutes.'
        if len(kept) < len(runs)
        else '\nNothing was left to train.'
    )
    conclude(summary, args)
    if failed:
        sys.exit(
            f'\n{len(failed)} of {len(runs)} runs failed, as said above. The '
            'same command with --resume repeats only these.'
        )


if __name__ == '__main__':
    # A stopped quickstart leaves no training behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
