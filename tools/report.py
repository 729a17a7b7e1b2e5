"""The paper's tables with our numbers beside the paper's.

Finds the results.json of every run below the folders, as tools/transfer.py
writes them, prints the tables and writes them as report.md and report.csv.
What was run and is in none of the tables is listed after them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _report import markdown, text  # noqa: E402
from _report.collect import fill, in_no_table  # noqa: E402
from _report.paper import read_tables  # noqa: E402
from _report.results import find_results  # noqa: E402
from _report.table_csv import write_csv  # noqa: E402


def parse_args() -> argparse.Namespace:
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
        '--tables',
        nargs='+',
        type=int,
        metavar='NUMBER',
        help='such as 4 5; default: all that there are',
    )
    parser.add_argument(
        '--out',
        type=Path,
        metavar='DIR',
        help='folder for report.md and report.csv; default: the first FOLDER',
    )
    return parser.parse_args()


def write(out: Path, tables: list, others: list) -> None:
    out.mkdir(parents=True, exist_ok=True)
    document = markdown.document(tables, others)
    (out / 'report.md').write_text(document, encoding='utf-8')
    with (out / 'report.csv').open('w', encoding='utf-8', newline='') as file:
        write_csv(file, tables)


def main() -> None:
    args = parse_args()
    try:
        chosen = read_tables(args.tables)
        results, warnings = find_results(args.paths)
    except (OSError, ValueError) as error:
        sys.exit(f'report.py: {error}')
    for warning in warnings:
        print(f'report.py: {warning}', file=sys.stderr)
    tables = [fill(table, results) for table in chosen]
    others = in_no_table(read_tables(), results)
    first = args.paths[0]
    out = args.out or (first if first.is_dir() else first.parent)
    try:
        write(out, tables, others)
    except OSError as error:
        sys.exit(f'report.py: {error}; --out takes another folder')
    print(text.wrapped(text.LEGEND))
    for table in tables:
        print('', text.as_text(table), sep='\n')
    if others:
        print('', text.others_as_text(others), sep='\n')
    if not results:
        where = ' or '.join(map(str, args.paths))
        print(
            f'\nThere are no results in {where}: nothing of this was run. '
            'tools/transfer.py writes a results.json for each run.'
        )
    print(f'\nwrote {out / "report.md"} and {out / "report.csv"}')


if __name__ == '__main__':
    main()
