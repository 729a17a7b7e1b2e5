"""Figure 1: linear classification against detection, the paper's and ours.

The paper's points are those of Table 1 (top-1) and Table 4 (Mask R-CNN C4
1x, box AP), whose gains are those that its text gives for the figure. Ours are
of the backbones below the folders that have both results.
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'paths',
        nargs='*',
        type=Path,
        metavar='FOLDER',
        help='such as work_dirs/transfer; none: the paper alone',
    )
    parser.add_argument(
        '--out', type=Path, default='trade_off.png', help='picture to write'
    )
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.analysis.trade_off import draw_trade_off

    try:
        draw_trade_off(args.paths, args.out)
    except OSError as error:
        sys.exit(f'trade_off.py: {error}')


if __name__ == '__main__':
    main()
