"""The data sets that a run of a downstream library reads."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator, NamedTuple

from mmengine.config import Config
from mmengine.registry import DATASETS

from ..utils.walk import walk

EVALUATORS = dict(
    train_dataloader='',
    val_dataloader='val_evaluator',
    test_dataloader='test_evaluator',
)
LISTERS = (
    'mmdet.CocoDataset',
    'mmpose.BaseCocoStyleDataset',
    'mmseg.BaseSegDataset',
)
# Heads that have as many outputs as there are classes; not STDC's, of edges.
HEADS = re.compile(r'(bbox|mask|decode|auxiliary)_head(\[\d+\])?$')
EDGES = 'STDCHead'


class ReadSet(NamedTuple):
    """A data set as a config has it."""

    setting: str  # such as 'train_dataloader.dataset'
    data_set: Any  # without a pipeline, nothing read yet
    lister: str  # the class that reads its list, of ``LISTERS``
    pipeline: list[dict]
    evaluators: list[dict]  # what measures on it

    @property
    def tested(self) -> bool:
        """Whether it is there to be measured on."""
        return bool(self.evaluators)

    def transform(self, kind: str) -> tuple[str, dict]:
        """The path and the settings of the first transform of a type;
        nothing in both if there is none."""
        for index, step in enumerate(self.pipeline):
            if str(step.get('type')).split('.')[-1] == kind:
                return f'{self.setting}.pipeline.{index}', step
        return '', {}


def read_sets(cfg: Config, loaders: Iterable[str]) -> Iterator[ReadSet]:
    """The data sets of some data loaders, also in others that repeat them.

    Those whose files are not on this machine are left out.

    Args:
        cfg: A config of mmdet, mmseg or mmpose.
        loaders: Their settings, of ``EVALUATORS``.
    """
    for key in loaders:
        for path, node in walk(cfg.get(key) or {}, key):
            with DATASETS.switch_scope_and_registry(
                cfg.default_scope
            ) as registry:
                kind = node['type']
                if isinstance(kind, str):  # keypoints have some that are ''
                    cls = registry.get(kind) if kind else None
                else:
                    cls = kind
                if lister(cls) not in LISTERS:
                    continue
                data_set = registry.build(
                    dict(node, pipeline=[], lazy_init=True)
                )
            if not is_local(data_set):
                continue
            metrics = cfg.get(EVALUATORS[key]) or []
            yield ReadSet(
                setting=re.sub(r'\[(\d+)\]', r'.\1', path),
                data_set=data_set,
                lister=lister(cls),
                pipeline=list(node.get('pipeline') or []),
                evaluators=metrics if isinstance(metrics, list) else [metrics],
            )


def is_local(data_set: Any) -> bool:
    """Whether a data set's files are on this machine."""
    if getattr(data_set, 'backend_args', None):
        return False
    places = [data_set.ann_file, *data_set.data_prefix.values()]
    return not any('://' in str(place) for place in places)


def lister(cls: type | None) -> str:
    """The class that a data set's list of files is read by.

    It is empty for what reads none, such as one that repeats another.
    """
    for base in getattr(cls, '__mro__', ()):
        if 'load_data_list' in vars(base):
            return f'{base.__module__.split(".")[0]}.{base.__name__}'
    return ''


def heads(cfg: Config) -> dict[str, int]:
    """The number of classes, or keypoints, of each head, by its setting."""
    if cfg.model.get('type') == 'TopdownPoseEstimator':
        head = cfg.model.get('head') or {}
        if head.get('type') == 'HeatmapHead':
            return {'model.head.out_channels': head['out_channels']}
    return {
        re.sub(r'\[(\d+)\]', r'.\1', f'{path}.num_classes'): head[
            'num_classes'
        ]
        for path, head in walk(cfg.model, 'model')
        if HEADS.search(path)
        and 'num_classes' in head
        and head['type'] != EDGES
    }


def ignored_labels(cfg: Config) -> set[int]:
    """The labels that a segmentor's heads learn nothing of."""
    own = {node.get('ignore_index') for _, node in walk(cfg.model)}
    return {255} | {label for label in own if isinstance(label, int)}
