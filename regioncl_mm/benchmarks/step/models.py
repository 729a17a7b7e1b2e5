"""The models that are timed, all of them from the paper's configs."""

from __future__ import annotations

import copy

import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from torch import nn

from ...methods import METHODS
from ...utils.places import project_root

# RegionCL-M, -D and -S with the class of the method that each is built on.
BASES = {
    row.stem[len('regioncl-') :]: row.base
    for row in METHODS
    if row.stem in ('regioncl-m', 'regioncl-d', 'regioncl-s')
}
CONFIGS = project_root() / 'configs' / '_base_' / 'models'
# Arguments of our classes that their bases do not know.
OURS_ALONE = ('region_branch', 'region_head', 'symmetric')


def config(method: str, depth: int, queue: int, size: int) -> dict:
    """The model of a method, as its base config has it but for these.

    Args:
        method: One of :data:`BASES`.
        depth: The depth of the ResNet.
        queue: Its length, where there is one.
        size: Pixels of an image's side; small images get smaller regions.
    """
    cfg = Config.fromfile(CONFIGS / f'regioncl-{method}_resnet50.py').model
    cfg.backbone.update(depth=depth, norm_cfg=dict(type='BN'))
    if depth < 50:
        cfg.neck.in_channels = 512
    if method != 's':
        cfg.queue_len = queue
    if size < 6 * 32:  # the paper's 3 to 5 cells need a grid of 6
        cells = size // 32
        cfg.region_branch.update(min_cells=1, max_cells=cells - 1)
    return cfg.to_dict()


def ours(cfg: dict, seed: int, **changes) -> nn.Module:
    """The library's model of a config, with other arguments if given, in
    training mode and with the initial weights of a seed."""
    torch.manual_seed(seed)
    model = MODELS.build(copy.deepcopy({**cfg, **changes}))
    model.init_weights()
    return model.train()


def base(cfg: dict, method: str, seed: int) -> nn.Module:
    """mmpretrain's model of the same config, with the same weights."""
    cfg = {k: v for k, v in cfg.items() if k not in OURS_ALONE}
    torch.manual_seed(seed)
    model = MODELS.build(copy.deepcopy({**cfg, 'type': BASES[method]}))
    model.init_weights()
    return model.train()
