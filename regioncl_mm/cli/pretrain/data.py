"""The pictures of a training, as its config loads them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, NamedTuple

from ...utils.walk import walk
from .classes import Labelled
from .machine import Machine
from .numbers import Numbers


class Files(NamedTuple):
    """The folder of pictures, and the lists of those in it."""

    folder: Path
    pictures: Path
    memory: Path
    queries: Path


def train_dataloader(
    cfg: dict, numbers: Numbers, machine: Machine, files: Files, each: int
) -> dict[str, Any]:
    """The recipe's views, of all pictures that are listed."""
    loader = copy.deepcopy(cfg['train_dataloader'])
    pipeline = loader['dataset']['pipeline']
    for _, node in walk(pipeline):
        if node['type'] == 'RandomResizedCrop':
            node['scale'] = numbers.size
        elif node['type'] == 'LoadImageOrReport':
            node['on_unreadable'] = 'skip'
    workers = machine.workers
    loader.update(
        batch_size=each,
        num_workers=workers,
        persistent_workers=workers > 0,
        dataset=listed(files, files.pictures, False, pipeline),
    )
    return loader


def listed(
    files: Files, names: Path, labels: bool, pipeline: list
) -> dict[str, Any]:
    """A data set of the pictures that a file names."""
    return dict(
        type='CustomDataset',
        data_root=str(files.folder),
        ann_file=str(names),
        with_label=labels,
        pipeline=pipeline,
    )


def test_pipeline(cfg: dict, size: int) -> list[dict]:
    """The centre of a picture, by the recipe's proportions."""
    pipeline = copy.deepcopy(cfg['test_pipeline'])
    for node in pipeline:
        if node['type'] == 'ResizeEdge':
            node['scale'] = round(size * 256 / 224)
        elif node['type'] == 'LoadImageOrReport':
            node['on_unreadable'] = 'skip'
        elif node['type'] == 'CenterCrop':
            node['crop_size'] = size
    return pipeline


def knn_dataloaders(
    cfg: dict, numbers: Numbers, files: Files, each: int, labelled: Labelled
) -> dict[str, Any]:
    """The labelled pictures to search, and those to classify."""
    pipeline = test_pipeline(cfg, numbers.size)
    return {
        f'knn_{name}_dataloader': dict(
            batch_size=each,
            num_workers=0,
            dataset=dict(
                listed(files, path, True, pipeline),
                metainfo=dict(classes=labelled.classes),
            ),
        )
        for name, path in (('memory', files.memory), ('query', files.queries))
    }
