"""The paper's tables with our numbers beside the paper's.

Finds the results.json of every run below the folders, prints the tables and
writes them as report.md, report.csv and report.html, a page with sortable
tables and Figures 1 and 4 that opens without a network. What was run and is in
no table is listed after them.
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
        nargs='+',
        type=Path,
        metavar='FOLDER',
        help='such as work_dirs/transfer; or a results.json',
    )
    parser.add_argument(
        '--tables', nargs='+', type=int, help='numbers; default: all'
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='folder for the three files; default: the first FOLDER',
    )
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.report.make import make_report

    try:
        make_report(args.paths, args.tables, args.out)
    except (OSError, ValueError) as error:
        sys.exit(f'report.py: {error}')


if __name__ == '__main__':
    main()
