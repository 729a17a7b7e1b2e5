"""The config of a backbone, as far as its tensors tell it."""

from __future__ import annotations

import math
import re
from typing import Any

from torch import Tensor

from .name_maps import RESNET, SWIN, VIT
from .other_architectures import count_blocks, has_bottlenecks
from .tensor_changes import TABLE
from .translate import architecture_of

DEPTHS: dict[tuple[tuple[int, ...], bool], int] = {
    ((2, 2, 2, 2), False): 18,
    ((3, 4, 6, 3), False): 34,
    ((3, 4, 6, 3), True): 50,
    ((3, 4, 23, 3), True): 101,
    ((3, 8, 36, 3), True): 152,
}
# Attention heads by channels, as DeiT, MAE and DINO have them. No tensor tells
# them; MoCo v3's ViT-S of 384 channels has 12.
HEADS = {192: 3, 384: 6, 768: 12, 1024: 16, 1280: 16, 1536: 24}
MOCO_V3_SMALL = 384, 12


def config_of(
    tensors: dict[str, Tensor], heads: int | None = None
) -> dict[str, Any]:
    """mmpretrain's config of a backbone.

    Args:
        tensors: By mmpretrain's names.
        heads: Of a Vision Transformer's attention; by default what published
            networks of its width have.

    Raises:
        ValueError: If the tensors do not tell it.
    """
    architecture = architecture_of(tensors)
    if architecture == RESNET:
        return resnet(tensors)
    if architecture == VIT:
        return vit(tensors, heads)
    if architecture == SWIN:
        return swin(tensors)
    raise ValueError(
        'its tensors do not tell how its network is built; give the '
        "pretraining's config, `--config`"
    )


def resnet(tensors: dict[str, Tensor]) -> dict[str, Any]:
    blocks = count_blocks(tensors)
    bottleneck = has_bottlenecks(tensors)
    depth = DEPTHS.get((blocks, bottleneck))
    stem = tensors['conv1.weight']
    first, second = (tensors[f'layer1.0.conv{i}.weight'] for i in (1, 2))
    unusual = [
        *([] if depth else [f'{blocks} blocks in its stages']),
        *(
            []
            if stem.shape[-1] == 7
            else ['a first convolution that is not 7x7']
        ),
        *(
            []
            if second.shape[1] == first.shape[0]
            else ['grouped convolutions']
        ),
    ]
    if unusual:
        raise ValueError(
            f'a ResNet with {" and ".join(unusual)}: its tensors do not tell '
            "its strides; give the pretraining's config, `--config`"
        )
    return dict(
        type='ResNet',
        depth=depth,
        in_channels=stem.shape[1],
        stem_channels=stem.shape[0],
        base_channels=first.shape[0],
        out_indices=(3,),
    )


def vit(tensors: dict[str, Tensor], heads: int | None) -> dict[str, Any]:
    patches = tensors['patch_embed.projection.weight']
    width, channels, side = patches.shape[:3]
    heads = heads or HEADS.get(width)
    if heads is None or width % heads:
        raise ValueError(
            f'no tensor tells how many heads share its {width} channels; '
            'give `--heads`'
        )
    ffn = tensors.get('layers.0.ffn.layers.0.0.weight')
    if ffn is None:
        raise ValueError("DINOv2's gated layers; give a config, `--config`")
    tokens = tensors['pos_embed'].shape[1] - ('cls_token' in tensors)
    return dict(
        type='VisionTransformer',
        arch=dict(
            embed_dims=width,
            num_layers=count(tensors, r'layers\.(\d+)\.'),
            num_heads=heads,
            feedforward_channels=ffn.shape[0],
        ),
        img_size=math.isqrt(tokens) * side,
        patch_size=side,
        in_channels=channels,
        qkv_bias='layers.0.attn.qkv.bias' in tensors,
        final_norm='ln1.weight' in tensors,
        with_cls_token='cls_token' in tensors,
        out_type='cls_token' if 'cls_token' in tensors else 'avg_featmap',
        layer_scale_init_value=float('layers.0.attn.gamma1.weight' in tensors),
    )


def swin(tensors: dict[str, Tensor]) -> dict[str, Any]:
    patches = tensors['patch_embed.projection.weight']
    stages = count(tensors, r'stages\.(\d+)\.')
    blocks = [rf'stages\.{i}\.blocks\.(\d+)\.' for i in range(stages)]
    tables = [
        tensors[f'stages.{i}.blocks.0.attn.w_msa.{TABLE}']
        for i in range(stages)
    ]
    window = (math.isqrt(tables[0].shape[0]) + 1) // 2
    return dict(
        type='SwinTransformer',
        arch=dict(
            embed_dims=patches.shape[0],
            depths=[count(tensors, pattern) for pattern in blocks],
            num_heads=[table.shape[1] for table in tables],
        ),
        img_size=window * 32,
        window_size=window,
        patch_size=patches.shape[2],
        in_channels=patches.shape[1],
        out_indices=(stages - 1,),
    )


def count(tensors: dict[str, Tensor], pattern: str) -> int:
    """How many numbers names have in the place of the pattern's group."""
    return len({m[1] for m in map(re.compile(pattern).match, tensors) if m})
