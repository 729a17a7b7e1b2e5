"""The images of a config that features are taken of."""

from __future__ import annotations

import copy

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
        pipeline = innermost(test.dataset)[0].pipeline
        for data_set in innermost(train.dataset):
            data_set.pipeline = pipeline
        found = [dict(train), dict(test)]
    else:
        raise ValueError(
            f'{cfg.filename} has neither `{KEYS[0]}` and `{KEYS[1]}` nor '
            '`train_dataloader` and `test_dataloader`, whose images could be '
            'compared'
        )
    memory, queries = map(in_order, found)
    return memory, queries


def innermost(data_set: Config) -> list[Config]:
    """The data sets themselves, whatever is wrapped around or joins them."""
    if 'dataset' in data_set:
        return innermost(data_set.dataset)
    if 'datasets' in data_set:
        return [x for inner in data_set.datasets for x in innermost(inner)]
    return [data_set]


def in_order(loader: dict) -> dict:
    """A dataloader of all images, each once and in their order.

    :func:`~.features.extract_features` counts on it.
    """
    for key in ('batch_sampler', 'drop_last', 'persistent_workers'):
        loader.pop(key, None)
    return dict(
        dict(num_workers=0, collate_fn=dict(type='default_collate')),
        **dict(loader, sampler=dict(type='DefaultSampler', shuffle=False)),
    )


def build_dataloader(loader: dict, seed: int) -> DataLoader:
    """Build one of :func:`feature_dataloaders`; the config stays as it is."""
    return Runner.build_dataloader(copy.deepcopy(loader), seed)
