"""The paper's tables with our numbers beside the paper's.

Finds the results.json of every run below the folders, prints tables 4 to 7
and 13 and writes them as report.md and report.csv. What was run and is in
none of these tables is listed after them.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _report import markdown, terminal  # noqa: E402
from _report.collect import in_no_table, lines_of  # noqa: E402
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
        '--tables', nargs='+', type=int, help='numbers; default: all'
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='folder for report.md and report.csv; default: the first FOLDER',
    )
    return parser.parse_args()


def write(out: Path, tables: list, other: list, warnings: list) -> None:
    """Raises OSError if that is no folder to write to."""
    out.mkdir(parents=True, exist_ok=True)
    text = markdown.whole(tables, other, warnings)
    (out / 'report.md').write_text(text, encoding='utf-8')
    with (out / 'report.csv').open('w', encoding='utf-8') as file:
        write_csv(file, tables)


def nothing_found(paths: list, warnings: list) -> str:
    where = ', '.join(map(str, paths))
    if warnings:
        return f'No results.json below {where} could be read; see above.'
    return (
        f'There is no results.json below {where}: nothing of this was run '
        'yet. tools/transfer.py writes them.'
    )


def main() -> None:
    args = parse_args()
    try:
        tables = read_tables(args.tables)
        results, warnings = find_results(args.paths)
    except (OSError, ValueError) as error:
        sys.exit(f'report.py: {error}')
    for warning in warnings:
        print(f'report.py: {warning}', file=sys.stderr)
    filled = [(table, lines_of(table, results)) for table in tables]
    other = in_no_table(read_tables(), results)
    print(terminal.whole(filled, other))
    if not results:
        print(f'\n{nothing_found(args.paths, warnings)}')
    first = args.paths[0]
    out = args.out or (first if first.is_dir() else first.parent)
    try:
        write(out, filled, other, warnings)
    except OSError as error:
        sys.exit(
            f'report.py: cannot write to {out} ({error}); choose a folder by '
            '--out'
        )
    print(f'\nwrote {out / "report.md"} and {out / "report.csv"}')


if __name__ == '__main__':
    main()
