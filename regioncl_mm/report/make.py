"""The whole report: from the folders of runs to the files and the terminal."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from ..utils.files import write_text
from . import markdown, page, terminal
from .collect import Line, in_no_table, lines_of
from .figures import figures_of
from .paper import read_tables
from .results import Result, find_results
from .table_csv import write_csv
from .tables import Table


def make_report(
    paths: list[Path],
    numbers: list[int] | None = None,
    out: Path | None = None,
) -> None:
    """Print the tables, and write report.md, report.html and report.csv.

    Args:
        paths: Folders with ``results.json`` in or below them, or such files.
        numbers: The tables to show. All are shown by default.
        out: The folder that gets the files. The default is the first of
            ``paths``.

    Raises:
        FileNotFoundError: If one of the paths does not exist.
        ValueError: If the paper has no such table, or nothing can be written
            to ``out``.
    """
    tables = read_tables(numbers)
    results, warnings = find_results(paths)
    figures, more = figures_of(paths, results)
    warnings += more
    for warning in warnings:
        print(f'report.py: {warning}', file=sys.stderr)
    filled = [(table, lines_of(table, results)) for table in tables]
    other = in_no_table(read_tables(), results)
    terminal.whole(filled, other, terminal.console())
    if not results:
        print(f'\n{nothing_found(paths, warnings)}')
    if out is None:
        out = paths[0] if paths[0].is_dir() else paths[0].parent
    try:
        write(out, filled, other, warnings, figures)
    except OSError as error:
        raise ValueError(
            f'cannot write to {out} ({error}); choose a folder by --out'
        ) from None
    print(f'\nwrote report.html, report.md and report.csv to {out}')


def write(
    out: Path,
    tables: list[tuple[Table, list[Line]]],
    other: list[Result],
    warnings: list[str],
    figures: dict[str, str],
) -> None:
    """Write the three files.

    Raises:
        OSError: If ``out`` is no folder that can be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ('report.md', markdown.whole(tables, other, warnings)),
        ('report.html', page.whole(tables, other, warnings, figures)),
    ):
        write_text(out / name, text)
    file = io.StringIO()
    write_csv(file, tables)
    write_text(out / 'report.csv', file.getvalue())


def nothing_found(paths: list[Path], warnings: list[str]) -> str:
    """What to tell somebody whose report has no numbers."""
    where = ', '.join(map(str, paths))
    if warnings:
        return f'No results.json below {where} could be read; see above.'
    return (
        f'There is no results.json below {where}: nothing of this was run '
        'yet. tools/transfer.py writes them.'
    )
