"""Figure 1: classification against detection, the paper's points and ours."""

from __future__ import annotations

from typing import NamedTuple

from ..methods import METHODS
from .collect import Line, lines_of
from .paper import Paper, read_paper
from .results import Result

# The text has gains of 0.8 to 1.0 AP, which are those of Table 4's C4.
CLASSIFICATION, DETECTION = (1, 'Top-1'), (4, 'AP bb')
GROUP = 'C4, 1x'
# Marks of remarks on the weights: a momentum encoder, or that of an earlier
# epoch, is another backbone.
OF_WEIGHTS = ('°', '~')
# Of runs that are not what the axes say: partly loaded, another protocol.
SOMETHING_ELSE = ('†', '§')


class Point(NamedTuple):
    """A method's place in the figure."""

    method: str
    top1: float  # percent, linear classification on ImageNet
    ap: float  # percent, boxes, Mask R-CNN C4 1x on COCO


def papers_pairs() -> dict[str, str]:
    """The RegionCL method of each base method, where the paper has both
    numbers of both."""
    places = column_indices(read_paper())

    def has_both(name: str) -> bool:
        tables = read_paper().tables
        return all(
            name in tables[number].pretraining
            and tables[number].rows[name][index] is not None
            for number, index in places
        )

    return {
        row.base_name: row.name
        for row in METHODS
        if has_both(row.base_name) and has_both(row.name)
    }


def papers_points(paper: Paper) -> list[Point]:
    """The paper's points, a base method and RegionCL on it in turn."""
    (first, top1), (second, ap) = column_indices(paper)
    rows, other_rows = paper.tables[first].rows, paper.tables[second].rows
    points = []
    for pair in papers_pairs().items():
        for method in pair:
            x, y = rows[method][top1], other_rows[method][ap]
            assert x is not None and y is not None  # so are pairs chosen
            points.append(Point(method, x, y))
    return points


def our_points(paper: Paper, results: list[Result]) -> list[Point]:
    """The points of those backbones that both evaluations were run on.

    How they were run may differ, such as the number of processes; where one
    was run in several ways, the one with the fewest remarks counts.
    """
    pairs = papers_pairs()
    methods = {*pairs, *pairs.values()}
    found: dict[tuple, dict[int, float]] = {}
    for number, index in column_indices(paper):
        for line in comparable(lines_of(paper.tables[number], results)):
            figure = line.figures[index]
            if line.row in methods and figure and figure.mean is not None:
                weights = [x for x in line.remarks if x.mark in OF_WEIGHTS]
                key = (line.row, line.sha256, *weights)
                found.setdefault(key, {})[number] = figure.mean
    return [
        Point(method, means[CLASSIFICATION[0]], means[DETECTION[0]])
        for (method, *_), means in found.items()
        if len(means) == 2
    ]


def comparable(lines: list[Line]) -> list[Line]:
    """Those of what the axes say, the ones with the fewest remarks last."""
    kept = [
        line
        for line in lines
        if not any(x.mark in SOMETHING_ELSE for x in line.remarks)
    ]
    return sorted(kept, key=lambda line: -len(line.remarks))


def column_indices(paper: Paper) -> list[tuple[int, int]]:
    """The tables and columns of the two axes."""
    indices = []
    for number, label in (CLASSIFICATION, DETECTION):
        (index,) = (
            i
            for i, column in enumerate(paper.tables[number].columns)
            if column.label == label and (number != 4 or column.group == GROUP)
        )
        indices.append((number, index))
    return indices
