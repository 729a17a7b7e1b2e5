"""Checkpoints as pretraining by the quickstart's configs leaves them."""

from pathlib import Path

import torch
from algorithms import build
from conftest import QUICKSTART, REPO
from mmengine.config import Config
from mmengine.registry import init_default_scope

MOBY = 'configs/quickstart/moby_swin-micro_1xb64-coslr-4e_fashion-mnist.py'


def save_pretrained(path, config=QUICKSTART, method='m'):
    """Write what mmengine would, with random weights.

    Args:
        path: The file to write.
        config: A pretraining config, from the repository's root.
        method: The config's, by its name in ``algorithms``.

    Returns:
        The path.
    """
    init_default_scope('mmpretrain')  # the last test's may be another
    model = Config.fromfile(REPO / config).model
    torch.manual_seed(0)
    built = build(method, backbone=dict(model.backbone), neck=dict(model.neck))
    meta = dict(experiment_name=f'{Path(config).stem}_20260101_120000')
    torch.save(dict(state_dict=built.state_dict(), meta=meta), path)
    return path
