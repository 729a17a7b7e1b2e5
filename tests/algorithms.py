"""Every algorithm, small enough for tests: 28 grey pixels, 7x7 cells."""

import copy

import torch
from mmengine.logging import MessageHub
from mmpretrain.models.selfsup import (
    BYOL,
    BarlowTwins,
    DenseCL,
    MoCo,
    MoCoV3,
    SimCLR,
    SimSiam,
)

from regioncl_mm.methods import METHODS
from regioncl_mm.models import (
    MoBY,
    RegionCLBarlow,
    RegionCLBYOL,
    RegionCLD,
    RegionCLM,
    RegionCLM3,
    RegionCLMoBY,
    RegionCLS,
    RegionCLSimCLR,
)

BACKBONE = dict(
    type='ResNet_CIFAR',
    depth=18,
    in_channels=1,
    stem_channels=4,
    base_channels=4,
    num_stages=3,
    strides=(1, 2, 2),
    dilations=(1, 1, 1),
    out_indices=(2,),
)
SWIN = dict(
    type='SwinTransformer',
    arch=dict(embed_dims=8, depths=[1, 1], num_heads=[1, 2]),
    img_size=28,
    patch_size=2,
    in_channels=1,
    out_indices=(1,),
    drop_path_rate=0.5,
)
REGIONS = dict(type='RegionBranch', stride=4)
CROSS_ENTROPY = dict(type='CrossEntropyLoss')


def mlp(in_channels, **changes):
    return dict(
        type='NonLinearNeck',
        in_channels=in_channels,
        hid_channels=12,
        out_channels=8,
        norm_cfg=dict(type='BN1d'),
        **changes,
    )


def predictor(**changes):
    return mlp(8, with_avg_pool=False, with_last_bn=False, **changes)


CONTRAST = dict(type='ContrastiveHead', loss=CROSS_ENTROPY, temperature=0.2)
QUEUE = dict(queue_len=16, feat_dim=8)
MOCO = dict(
    backbone=BACKBONE,
    neck=dict(
        type='MoCoV2Neck', in_channels=16, hid_channels=16, out_channels=8
    ),
    head=CONTRAST,
    momentum=0.01,
    **QUEUE,
)
DENSECL = dict(
    backbone=BACKBONE,
    neck=dict(
        type='DenseCLNeck', in_channels=16, hid_channels=16, out_channels=8
    ),
    head=CONTRAST,
    momentum=0.01,
    loss_lambda=0.3,
    **QUEUE,
)
SIMSIAM = dict(
    backbone=BACKBONE,
    neck=mlp(16, num_layers=3, with_last_bn_affine=False),
    head=dict(
        type='LatentPredictHead',
        loss=dict(type='CosineSimilarityLoss'),
        predictor=predictor(with_last_bias=True),
    ),
)
MOCOV3 = dict(
    backbone=BACKBONE,
    neck=mlp(16, with_last_bn_affine=False),
    head=dict(
        type='MoCoV3Head',
        predictor=predictor(),
        loss=dict(type='CrossEntropyLoss', loss_weight=0.6),
        temperature=0.3,
    ),
    base_momentum=0.01,
)
BIASED = dict(with_bias=True, with_last_bias=True)
MOBY = dict(
    backbone=SWIN,
    neck=mlp(16, with_last_bn=False, **BIASED),
    head=dict(
        type='MoBYHead',
        predictor=predictor(**BIASED),
        loss=CROSS_ENTROPY,
        temperature=0.2,
    ),
    base_momentum=0.01,
    **QUEUE,
)

BYOL_CONFIG = dict(
    backbone=BACKBONE,
    neck=mlp(16, with_bias=True, with_last_bn=False),
    head=dict(
        type='LatentPredictHead',
        loss=dict(type='CosineSimilarityLoss'),
        predictor=predictor(with_bias=True),
    ),
    base_momentum=0.01,
)
SIMCLR = dict(
    backbone=BACKBONE,
    neck=mlp(16),
    head=dict(type='ContrastiveHead', loss=CROSS_ENTROPY, temperature=0.3),
)
BARLOW = dict(
    backbone=BACKBONE,
    neck=mlp(16, num_layers=3, with_last_bn=False),
    head=dict(
        type='LatentCrossCorrelationHead',
        in_channels=8,
        loss=dict(type='CrossCorrelationLoss'),
    ),
)

# name: our class, its base, the config of the base
ALGORITHMS = dict(
    m=(RegionCLM, MoCo, MOCO),
    d=(RegionCLD, DenseCL, DENSECL),
    s=(RegionCLS, SimSiam, SIMSIAM),
    m3=(RegionCLM3, MoCoV3, MOCOV3),
    moby=(RegionCLMoBY, MoBY, MOBY),
    byol=(RegionCLBYOL, BYOL, BYOL_CONFIG),
    simclr=(RegionCLSimCLR, SimCLR, SIMCLR),
    barlow=(RegionCLBarlow, BarlowTwins, BARLOW),
)
# Those whose region loss is Eq. 2; the others have no negatives.
CONTRASTS = ('m', 'd', 'm3', 'moby', 'simclr')
# name: what holds the momentum encoder
MOMENTUM = {
    name: row.momentum
    for name, (cls, _, _) in ALGORITHMS.items()
    for row in METHODS
    if row.algorithm == cls.__name__ and row.momentum
}


def build(name, **changes):
    """One of our algorithms, with regions, in float32 and random weights."""
    cls, _, cfg = ALGORITHMS[name]
    set_max_iters()
    return cls(**copy.deepcopy({'region_branch': REGIONS, **cfg, **changes}))


def build_base(name):
    _, cls, cfg = ALGORITHMS[name]
    set_max_iters()
    return cls(**copy.deepcopy(cfg))


def set_max_iters(iters=10):
    """What mmengine's runner tells `CosineEMA`."""
    MessageHub.get_current_instance().update_info('max_iters', iters)


def set_iteration(iteration, accumulative_counts=1):
    """What it learns in a run whose gradients are accumulated."""
    MessageHub.get_current_instance().update_info_dict(
        dict(
            loop_stage='train',
            iter=iteration,
            accumulative_counts=accumulative_counts,
        )
    )


def views(batch=4, seed=0):
    """Two views (batch, 1, 28, 28)."""
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(batch, 1, 28, 28, generator=generator) for _ in range(2)
    ]
