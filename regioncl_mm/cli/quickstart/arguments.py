"""The quickstart's command line."""

import argparse
from pathlib import Path

from .runs import PAIRS, ROOT

EPILOG = """
in the work dir:
  summary.json      `knn20`, `knn100` (percent) and `seconds_per_epoch` by
                    method, means over the seeds; `random` is the backbone as
                    initialised. With --all or several seeds also `pairs`, by
                    RegionCL method: `base`, its name, `epochs`, and for each
                    figure `values` by seed, `mean` and sample `std` of
                    `random`, `base`, `regioncl` and their `difference`;
                    further `seeds`, `jobs` and `failed`. `transfer`: the
                    segmentation's mIoU in percent, `before` and `after`
                    training, from RegionCL-M and from random weights
  summary.md        the table, to paste into a document
  regions.png       what the region branch sees
  knn_by_epoch.png  accuracy by epoch; with --all a panel a pair
  transfer/         the segmentation: configs, logs and results.json
  METHOD/           configs, logs and checkpoints; with --all or several
                    seeds METHOD/seed0/ and so on, where output.txt holds
                    all that the run said
"""


def positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError('must be 1 or more')
    return int(text)


def parse_args(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=description,
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
        '--no-transfer',
        action='store_true',
        help='leave out the segmentation at the end',
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
