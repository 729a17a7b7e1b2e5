"""Figures 1 and 4 for the page."""

from __future__ import annotations

from pathlib import Path

from . import plots
from .paper import read_paper
from .points import our_points, papers_points
from .results import Result

TRADE_OFF = 'Figure 1: trade-off of classification and detection'
GRADIENTS = 'Figure 4: kNN accuracy and gradients on objects'
NO_GRADIENTS = (
    '<p>No object_gradients.json is below the folders; '
    '<code>python tools/analysis/object_gradients.py --help</code> says '
    "how to make one. The paper's figure has no numbers to show.</p>"
)


def figures_of(
    paths: list[Path], results: list[Result]
) -> tuple[dict[str, str], list[str]]:
    """Draw the figures.

    Args:
        paths: Where ``object_gradients.json`` files are looked for.
        results: Ours.

    Returns:
        The figures' HTML by their titles, and a warning for each file that
        was left out.
    """
    first = plots.trade_off(
        papers_points(read_paper()), our_points(read_paper(), results)
    )
    found, warnings = plots.find_gradients(paths)
    fourth = ''.join(in_page(plots.gradients(content)) for content in found)
    figures = {TRADE_OFF: in_page(first), GRADIENTS: fourth or NO_GRADIENTS}
    return figures, warnings


def in_page(figure: plots.Figure) -> str:
    """A figure as an element of the page."""
    return f'<div class="plot">{plots.as_svg(figure)}</div>'
