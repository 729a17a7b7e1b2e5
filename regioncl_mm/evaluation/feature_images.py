"""Which images a config's features are of."""

from __future__ import annotations

import copy
import hashlib
import os.path as osp
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ..utils import check_config
from ..utils.check_data import check_data
from ..utils.walk import walk

KEYS = ('knn_memory_dataloader', 'knn_query_dataloader')


def check_images(cfg: Config) -> None:
    """Find mistakes and missing data, but for files that metrics read.

    Raises:
        ValueError: See :func:`~regioncl_mm.utils.check_config`.
    """
    used = {k: v for k, v in cfg.items() if not k.endswith('_evaluator')}
    check_config(Config(copy.deepcopy(used)))
    check_data(walk({key: cfg[key] for key in KEYS if key in cfg}))


def feature_dataloaders(cfg: Config) -> tuple[dict, dict]:
    """Configs of the labelled images to learn from, and of those to test on.

    They are ``knn_memory_dataloader`` and ``knn_query_dataloader``, as
    pretraining configs have them; or ``train_dataloader``, by the pipeline of
    ``test_dataloader``, and the latter.

    Raises:
        ValueError: If the config has neither.
    """
    if all(key in cfg for key in KEYS):
        found = [copy.deepcopy(dict(cfg[key])) for key in KEYS]
    elif cfg.get('train_dataloader') and cfg.get('test_dataloader'):
        train, test = copy.deepcopy(
            (cfg.train_dataloader, cfg.test_dataloader)
        )
        innermost(train.dataset).pipeline = innermost(test.dataset).pipeline
        found = [dict(train), dict(test)]
    else:
        raise ValueError(
            f'{cfg.filename} has neither `{KEYS[0]}` and `{KEYS[1]}` nor '
            '`train_dataloader` and `test_dataloader`, whose images could be '
            'compared'
        )
    return tuple(map(in_order, found))


def innermost(data_set: Config) -> Config:
    """The data set itself, whatever is wrapped around it."""
    while 'dataset' in data_set:
        data_set = data_set.dataset
    return data_set


def in_order(loader: dict) -> dict:
    """All images, each once, as :func:`extract_features` counts on."""
    for key in ('batch_sampler', 'drop_last', 'persistent_workers'):
        loader.pop(key, None)
    return dict(
        dict(num_workers=0, collate_fn=dict(type='default_collate')),
        **dict(loader, sampler=dict(type='DefaultSampler', shuffle=False)),
    )


def build(loader: dict, seed: int) -> DataLoader:
    return Runner.build_dataloader(copy.deepcopy(loader), seed)


def image_list(data_set: dict) -> dict[str, Any] | None:
    """The list of a data set's images, where it is a text file: a line an
    image, as tools/make_subset.py writes it."""
    path = data_set.get('list_file') or osp.join(
        data_set.get('data_root') or '', data_set.get('ann_file') or ''
    )
    if not (path.endswith('.txt') and osp.isfile(path)):
        return None
    content = Path(path).read_bytes()
    return dict(
        file=osp.basename(path),
        sha256=hashlib.sha256(content).hexdigest(),
        images=len(content.splitlines()),
    )


def what_decides(cfg: Config, loader: dict) -> dict[str, Any]:
    """All of a config that features depend on but the weights."""
    return dict(
        # Where its weights are from is for the caller to tell.
        backbone={
            k: v for k, v in cfg.model.backbone.items() if k != 'init_cfg'
        },
        data_preprocessor=cfg.get('data_preprocessor')
        or cfg.model.get('data_preprocessor'),
        dataset=loader['dataset'],
        image_list=image_list(loader['dataset']),
    )
