"""Figure 1 as a picture (tools/analysis/trade_off.py)."""

from __future__ import annotations

import sys
from pathlib import Path

from ..report.paper import read_paper
from ..report.plots import save, trade_off
from ..report.points import our_points, papers_points
from ..report.results import find_results


def draw_trade_off(paths: list[Path], out: Path) -> None:
    """Draw the paper's points, and those of the results below the folders.

    Args:
        paths: Folders with ``results.json`` in or below them.
        out: The picture's file, whose folder is made.

    Raises:
        FileNotFoundError: If one of the folders does not exist.
        OSError: If the picture cannot be written.
    """
    results, warnings = find_results(paths)
    for warning in warnings:
        print(f'trade_off.py: {warning}', file=sys.stderr)
    paper = read_paper()
    ours = our_points(paper, results)
    save(trade_off(papers_points(paper), ours), out)
    print(f'drew {len(ours)} of our backbones beside the paper: {out}')
