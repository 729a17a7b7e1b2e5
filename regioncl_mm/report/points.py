"""Figure 1: classification against detection, the paper's points and ours."""

from __future__ import annotations

from typing import NamedTuple

from .collect import lines_of
from .paper import Paper
from .results import Result

# The text has gains of 0.8 to 1.0 AP, which are those of Table 4's C4.
CLASSIFICATION, DETECTION = (1, 'Top-1'), (4, 'AP bb')
GROUP = 'C4, 1x'
PAIRS = {
    'MoCo v2': 'RegionCL-M',
    'DenseCL': 'RegionCL-D',
    'SimSiam': 'RegionCL-S',
}


class Point(NamedTuple):
    method: str
    top1: float  # percent, linear classification on ImageNet
    ap: float  # percent, boxes, Mask R-CNN C4 1x on COCO


def papers_points(paper: Paper) -> list[Point]:
    columns = column_indices(paper)
    return [
        Point(method, *(paper.tables[n].rows[method][i] for n, i in columns))
        for pair in PAIRS.items()
        for method in pair
    ]


def our_points(paper: Paper, results: list[Result]) -> list[Point]:
    """Of the backbones that both evaluations were run on."""
    found = {}
    for number, index in column_indices(paper):
        for line in lines_of(paper.tables[number], results):
            figure = line.figures[index]
            if line.row in (*PAIRS, *PAIRS.values()) and figure:
                key = (line.row, line.sha256, line.remarks)
                found.setdefault(key, {})[number] = figure.mean
    return [
        Point(method, means[1], means[4])
        for (method, _, _), means in found.items()
        if None not in (means.get(1), means.get(4))
    ]


def column_indices(paper: Paper) -> list[tuple[int, int]]:
    """Tables and columns of the two axes."""
    indices = []
    for number, label in (CLASSIFICATION, DETECTION):
        (index,) = (
            i
            for i, column in enumerate(paper.tables[number].columns)
            if column.label == label and (number != 4 or column.group == GROUP)
        )
        indices.append((number, index))
    return indices
