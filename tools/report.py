"""The paper's tables with our numbers beside the paper's.

Finds the results.json of every run below the folders, prints the tables and
writes them as report.md, report.csv and report.html, a page with sortable
tables and Figures 1 and 4 that opens without a network. What was run and is in
no table is listed after them.
"""

import argparse
import sys
from pathlib import Path

from regioncl_mm.report import markdown, page, plots, terminal  # noqa: E402
from regioncl_mm.report.collect import in_no_table, lines_of  # noqa: E402
from regioncl_mm.report.paper import read_paper, read_tables  # noqa: E402
from regioncl_mm.report.points import our_points, papers_points  # noqa: E402
from regioncl_mm.report.results import find_results  # noqa: E402
from regioncl_mm.report.table_csv import write_csv  # noqa: E402


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
        help='folder for the three files; default: the first FOLDER',
    )
    return parser.parse_args()


def figures_of(paths: list, results: list) -> tuple:
    """Figures 1 and 4 as HTML by title, and warnings."""
    paper = read_paper()
    ours = our_points(paper, results)
    first = plots.trade_off(papers_points(paper), ours)
    found, warnings = plots.find_gradients(paths)
    fourth = [f'<div class="plot">{svg}</div>' for svg in drawn(found)]
    missing = (
        '<p>No object_gradients.json is below the folders; '
        '<code>python tools/analysis/object_gradients.py --help</code> says '
        "how to make one. The paper's figure has no numbers to show.</p>"
    )
    return {
        'Figure 1: trade-off of classification and detection': (
            f'<div class="plot">{plots.as_svg(first)}</div>'
        ),
        'Figure 4: kNN accuracy and gradients on objects': (
            ''.join(fourth) or missing
        ),
    }, warnings


def drawn(found: list) -> list:
    return [plots.as_svg(plots.gradients(content)) for content in found]


def write(
    out: Path, tables: list, other: list, warnings: list, figures
) -> None:
    """Raises OSError if that is no folder to write to."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ('report.md', markdown.whole(tables, other, warnings)),
        ('report.html', page.whole(tables, other, warnings, figures)),
    ):
        (out / name).write_text(text, encoding='utf-8')
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
    figures, more = figures_of(args.paths, results)
    warnings += more
    for warning in warnings:
        print(f'report.py: {warning}', file=sys.stderr)
    filled = [(table, lines_of(table, results)) for table in tables]
    other = in_no_table(read_tables(), results)
    terminal.whole(filled, other, terminal.console())
    if not results:
        print(f'\n{nothing_found(args.paths, warnings)}')
    first = args.paths[0]
    out = args.out or (first if first.is_dir() else first.parent)
    try:
        write(out, filled, other, warnings, figures)
    except OSError as error:
        sys.exit(
            f'report.py: cannot write to {out} ({error}); choose a folder by '
            '--out'
        )
    print(f'\nwrote report.html, report.md and report.csv to {out}')


if __name__ == '__main__':
    main()
