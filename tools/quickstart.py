"""Pretrain on Fashion-MNIST with and without RegionCL, and compare.

  (no option)  MoCo v2 and RegionCL-M with one seed, one after the other:
               about 8 minutes on two CPU cores
  --seeds N    this pair with N seeds, several runs side by side:
               about 5 minutes a seed on two CPU cores
  --methods …  other pairs, such as regioncl-s regioncl-m3
  --all        every base method with and without RegionCL, with three seeds
               or --seeds N: about 6 minutes a pair and seed on two CPU cores

The two of a pair have the same seeds, data and epochs. The base method is
trained once more, for as many epochs as take RegionCL's time. The figure of
merit is the accuracy of a k-nearest-neighbour classifier on frozen features
of held-out images, whole or partly visible. At the end RegionCL-M's backbone
and a random one learn to segment scenes of garments; with several seeds also
MoCo v2's, and with the first three of them.
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from tool_arguments import positive

FEW = 3  # seeds; fewer say nothing
EPILOG = """
in the work dir:
  summary.json      `knn20`, `knn100`, `knn20_canvas` and `knn20_paste`
                    (percent), `epochs` and `seconds_per_epoch` by method,
                    means over the seeds; `random` is the backbone as
                    initialised, BASE_equal_time the base method in
                    RegionCL's time. With --all or several seeds also `pairs`,
                    by RegionCL method: `base`, its name, `epochs` and
                    `epochs_equal_time`, and for each figure
                    `values` by seed, `mean`, sample `std` and `stderr` of
                    `random`, `base`, `regioncl`, `base_equal_time` and of
                    RegionCL's `difference` and `difference_equal_time`;
                    further `seeds`, `jobs` and `failed`. `transfer`: the
                    segmentation's mIoU in percent, `before` and `after`
                    training, by what it started from; of several seeds with
                    `values` and so on, and RegionCL-M's `difference`
  summary.md        the table, to paste into a document; with several seeds
                    also 20-NN by seed
  regions.png       what the region branch sees
  knn_by_epoch.png  accuracy by epoch and by seconds; a row a pair
  transfer/         the segmentation: configs, logs and results.json
  METHOD/           configs, logs and checkpoints; with --all or several
                    seeds METHOD/seed0/ and so on, where output.txt holds
                    all that the run said
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--all', action='store_true', help='all pairs, not one'
    )
    parser.add_argument(
        '--methods',
        nargs='+',
        metavar='METHOD',
        help="these pairs, by RegionCL's side: regioncl-m, regioncl-s, … A "
        'wrong name is answered with the right ones',
    )
    parser.add_argument(
        '--seeds',
        type=positive,
        metavar='N',
        help=f'number of seeds, 1 by default and {FEW} with --all',
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
        default=Path('work_dirs', 'quickstart'),
        help='%(default)s by default',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='settings for all runs, as of tools/train.py',
    )
    args = parser.parse_args(argv)
    args.seeds = args.seeds or (FEW if args.all else 1)
    if args.all and args.methods:
        parser.error('--all and --methods exclude each other')
    one = not args.all and len(args.methods or 'm') == 1
    if args.jobs and one and args.seeds < 2:
        parser.error('--jobs needs --all, or --seeds 2 or more')
    if any(x.startswith('randomness.seed=') for x in args.cfg_options):
        parser.error('use --seed instead of the option randomness.seed')
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.quickstart.run import run

    run(args)


if __name__ == '__main__':
    # A stopped quickstart leaves no training behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
