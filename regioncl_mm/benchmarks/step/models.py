"""The models that are timed, all from the paper's configs."""

from __future__ import annotations

import copy

import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from torch import nn

import regioncl_mm  # noqa: F401  # registers its models

from ...utils.places import project_root

BASES = dict(m='MoCo', d='DenseCL', s='SimSiam')
CONFIGS = project_root() / 'configs' / '_base_' / 'models'
# Arguments of our classes that their bases do not know.
OURS_ALONE = ('region_branch', 'region_head', 'symmetric')


def config(method: str, depth: int, queue: int, size: int) -> dict:
    """The model of a method, as its base config has it but for these."""
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
    torch.manual_seed(seed)
    model = MODELS.build(copy.deepcopy({**cfg, **changes}))
    model.init_weights()
    return model.train()


def base(cfg: dict, method: str, seed: int) -> nn.Module:
    """mmpretrain's, with the same initial weights."""
    cfg = {k: v for k, v in cfg.items() if k not in OURS_ALONE}
    torch.manual_seed(seed)
    model = MODELS.build(copy.deepcopy({**cfg, 'type': BASES[method]}))
    model.init_weights()
    return model.train()
