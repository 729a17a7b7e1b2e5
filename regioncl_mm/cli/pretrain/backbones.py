"""Backbones by their names: ours are mmpretrain's, the others timm's."""

from __future__ import annotations

from typing import Any

from .timm_backbones import Backbone, find_in_timm

RESNETS = {
    'resnet18': (18, 512),
    'resnet34': (34, 512),
    'resnet50': (50, 2048),
    'resnet101': (101, 2048),
}
SWINS = {
    'swin-tiny': ('tiny', 768),
    'swin-small': ('small', 768),
    'swin-base': ('base', 1024),
}
VITS = {
    'vit-tiny': ('deit-tiny', 192),
    'vit-small': ('mocov3-small', 384),
    'vit-base': ('base', 768),
}
NAMES = (*RESNETS, *SWINS, *VITS)
WINDOW = 7  # cells of a Swin transformer's window
PATCH = 16
TIMM_STRIDE = 32  # of most; the trial finds the others'


def kind_of(name: str) -> str:
    """The kind of the backbone of this name."""
    for kind, names in (('resnet', RESNETS), ('swin', SWINS), ('vit', VITS)):
        if name in names:
            return kind
    return 'timm'


def stride_of(name: str) -> int:
    """Pixels a cell is wide, as far as the name alone tells."""
    return PATCH if kind_of(name) == 'vit' else TIMM_STRIDE


def find_backbone(name: str, size: int) -> Backbone:
    """The backbone of a name, for square pictures of ``size`` pixels.

    Raises:
        ValueError: If there is none; and of timm's, if it has no feature map
            at this size.
    """
    kind = kind_of(name)
    if kind == 'resnet':
        depth, channels = RESNETS[name]
        config: dict[str, Any] = dict(type='ResNet', depth=depth)
        return Backbone(name, kind, config, channels, 32, True)
    if kind == 'swin':
        arch, channels = SWINS[name]
        config = dict(
            type='SwinTransformer',
            arch=arch,
            img_size=size,
            # The last map may have fewer cells than a window.
            pad_small_map=size < 32 * WINDOW,
            init_cfg=[
                dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.0),
                dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
            ],
        )
        return Backbone(name, kind, config, channels, 32, False)
    if kind == 'vit':
        arch, channels = VITS[name]
        config = dict(
            type='MoCoV3ViT',
            arch=arch,
            img_size=size,
            patch_size=PATCH,
            stop_grad_conv1=True,
        )
        return Backbone(name, kind, config, channels, PATCH, False)
    return find_in_timm(name, size, ', '.join(NAMES))
