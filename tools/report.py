"""The paper's tables with our numbers beside the paper's.

Finds the results.json of every run below the folders, prints tables 4 to 7
and 13 and writes them as report.md and report.csv. What was run and is in
none of these tables is listed after them.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _report.collect import in_no_table, lines_of  # noqa: E402
from _report.paper import read_tables  # noqa: E402
from _report.render import (  # noqa: E402
    LEGEND,
    as_markdown,
    as_text,
    markdown_row,
    others,
)
from _report.results import find_results  # noqa: E402
from _report.table_csv import write_csv  # noqa: E402

HEADINGS = ['config', 'from', 'metric', 'before', 'after', '']


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


def markdown(tables: list, other: list) -> str:
    parts = ["# The paper's tables and ours", '', LEGEND]
    for table, lines in tables:
        parts += ['', as_markdown(table, lines)]
    if other:
        rule = ['---' for _ in HEADINGS]
        rows = map(markdown_row, [HEADINGS, rule, *others(other)])
        parts += ['', '## Other runs', '', *rows]
    return '\n'.join(parts) + '\n'


def text(tables: list, other: list) -> str:
    parts = [LEGEND]
    parts += ['\n' + as_text(table, lines) for table, lines in tables]
    if other:
        rows = [HEADINGS, *others(other)]
        widths = [max(map(len, column)) for column in zip(*rows)]
        parts.append('\nOther runs')
        for row in rows:
            cells = (f'{c:{w}}' for c, w in zip(row, widths))
            parts.append('  '.join(cells).rstrip())
    return '\n'.join(parts)


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
    print(text(filled, other))
    if not results:
        print(
            f'\nThere is no results.json below {args.paths[0]}: nothing of '
            'this was run yet. tools/transfer.py writes them.'
        )
    first = args.paths[0]
    out = args.out or (first if first.is_dir() else first.parent)
    out.mkdir(parents=True, exist_ok=True)
    (out / 'report.md').write_text(markdown(filled, other), encoding='utf-8')
    with (out / 'report.csv').open('w', encoding='utf-8') as file:
        write_csv(file, filled)
    print(f'\nwrote {out / "report.md"} and {out / "report.csv"}')


if __name__ == '__main__':
    main()
