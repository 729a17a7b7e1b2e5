"""What of a config decides the features of its backbone."""

from __future__ import annotations

import hashlib
import os.path as osp
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from torch import nn

from ..utils.data_sets import inner_data_sets


def feature_settings(cfg: Config, loader: dict) -> dict[str, Any]:
    """Everything that features depend on but the weights.

    Args:
        cfg: The config with the backbone.
        loader: Config of the images' dataloader.
    """
    return dict(
        # Where its weights are from is for the caller to tell.
        backbone={
            k: v
            for k, v in cfg.model.backbone.items()
            if k not in ('init_cfg', 'pretrained')
        },
        # A classifier's features are what its neck makes of the backbone's.
        type=cfg.model.get('type'),
        neck=cfg.model.get('neck'),
        data_preprocessor=cfg.get('data_preprocessor')
        or cfg.model.get('data_preprocessor'),
        dataset=loader['dataset'],
        image_list=describe_image_list(loader['dataset']),
    )


def describe_weights(model: nn.Module) -> str:
    """A hash of all tensors of a backbone, and of its neck if there is one.

    A file need not have them all: of the others the seed decides, and the
    features of two seeds are not the same.
    """
    state = hashlib.sha256()
    for module in (model.backbone, getattr(model, 'neck', None)):
        for name, tensor in module.state_dict().items() if module else ():
            state.update(name.encode())
            content = tensor.detach().cpu().reshape(-1).view(torch.uint8)
            state.update(content.numpy().tobytes())
    return state.hexdigest()


def describe_image_list(data_set: dict) -> dict[str, Any] | None:
    """Name, hash and length of the text file that lists a data set's images.

    Args:
        data_set: Config of a data set. Its list has a line an image, as
            tools/make_subset.py writes it.

    Returns:
        ``None`` if its images are not listed in such a file.
    """
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


def describe_images(data_set: Any) -> dict[str, Any]:
    """How many images a data set has, and a hash of their names and labels.

    A folder may get other images, and labels depend on the classes that are
    learned: features and labels on the disk are then of another data set.
    Other pictures under the same names are not noticed: to ask a million
    files for their time takes a minute or more, and copies of one data set
    differ in it.
    """
    state = hashlib.sha256()
    for inner in inner_data_sets(data_set):
        if getattr(inner, 'serialize_data', False):
            state.update(inner.data_bytes)
    return dict(count=len(data_set), sha256=state.hexdigest())
