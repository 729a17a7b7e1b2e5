"""Looks at the data of a downstream run before the first step."""

from __future__ import annotations

import importlib.util
from typing import Any, Iterable

from mmengine.config import Config

from ..utils.processes import from_main_process
from ..utils.walk import walk
from .categories import check_heads
from .detection import check_detection
from .notes import Notes
from .pose import check_pose
from .read import EVALUATORS, heads, ignored_labels, read_sets
from .segmentation import SAMPLES, check_segmentation

LIBRARIES = ('mmdet', 'mmseg', 'mmpose')
# Metrics that are nothing without another package.
PACKAGES = dict(
    CityScapesMetric='cityscapesscripts', CityscapesMetric='cityscapesscripts'
)


def check_downstream(
    cfg: Config, loaders: Iterable[str] = tuple(EVALUATORS)
) -> None:
    """Find that the data of a run are what its config takes them for.

    Annotations are read whole; of the pictures and masks of a data set for
    segmentation so many as :data:`~.segmentation.SAMPLES` says. The first
    process reads.

    Args:
        cfg: Changed where that is all it takes, with a line that says so.
            Nothing happens if it is of no downstream library.
        loaders: The settings of those data loaders that the run reads.

    Raises:
        ValueError: Naming file or setting, and what to do.
    """
    if cfg.get('default_scope') not in LIBRARIES:
        return
    loaders = [key for key in loaders if cfg.get(key)]
    check_packages(cfg, loaders)
    changes = from_main_process(lambda: look_at_data(cfg, loaders))
    if changes:
        cfg.merge_from_dict(changes)


def look_at_data(
    cfg: Config,
    loaders: Iterable[str],
    samples: int | None = SAMPLES,
    notes: Notes | None = None,
) -> dict[str, Any]:
    """Look at all data sets of some data loaders.

    Args:
        cfg: A config of a downstream library.
        loaders: Settings of data loaders.
        samples: How many masks of a data set are looked at; None for all.
        notes: What was found of other data loaders before.

    Returns:
        Settings that have to be changed.

    Raises:
        ValueError: As :func:`check_downstream` does.
    """
    notes, outputs = notes or Notes(), heads(cfg)
    for read in read_sets(cfg, loaders):
        if any(metric.get('format_only') for metric in read.evaluators):
            continue  # of pictures without annotations
        classes = read.data_set.metainfo.get('classes')
        if read.lister == 'mmpose.BaseCocoStyleDataset':
            check_pose(read, notes, outputs)
        elif read.lister == 'mmdet.CocoDataset':
            check_detection(read, notes, outputs)
            check_heads(outputs, len(classes), read.setting)
        elif read.lister == 'mmseg.BaseSegDataset':
            if classes:
                check_heads(outputs, len(classes), read.setting)
            check_segmentation(read, notes, ignored_labels(cfg), samples)
    return notes.changes


def check_packages(cfg: Config, loaders: Iterable[str]) -> None:
    """Find that what metrics need is installed.

    Raises:
        ValueError: With the command that installs it.
    """
    for key in loaders:
        evaluator = EVALUATORS[key]
        for path, metric in walk(cfg.get(evaluator) or [], evaluator):
            name = PACKAGES.get(str(metric['type']).split('.')[-1])
            if name and importlib.util.find_spec(name) is None:
                raise ValueError(
                    f'{metric["type"]}, which `{path}` names, needs {name}, '
                    'which is not installed: '
                    f'`python -m pip install {name}`'
                )
