"""Figure 1: linear classification against detection, the paper's and ours.

The paper's points are those of Table 1 (top-1) and Table 4 (Mask R-CNN C4
1x, box AP), whose gains are those that its text gives for the figure. Ours are
of the backbones below the folders that have both results.
"""

import argparse
import sys
from pathlib import Path

from regioncl_mm.report.paper import read_paper  # noqa: E402
from regioncl_mm.report.plots import save, trade_off  # noqa: E402
from regioncl_mm.report.points import our_points, papers_points  # noqa: E402
from regioncl_mm.report.results import find_results  # noqa: E402


def main() -> None:
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
    args = parser.parse_args()
    try:
        results, warnings = find_results(args.paths)
    except OSError as error:
        sys.exit(f'trade_off.py: {error}')
    for warning in warnings:
        print(f'trade_off.py: {warning}', file=sys.stderr)
    paper = read_paper()
    ours = our_points(paper, results)
    save(trade_off(papers_points(paper), ours), args.out)
    print(f'drew {len(ours)} of our backbones beside the paper: {args.out}')


if __name__ == '__main__':
    main()
