"""A folder that transformers' ``from_pretrained`` reads."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from .name_maps import RESNET, VIT
from .other_architectures import count_blocks, has_bottlenecks
from .shapes import resnet, swin, vit
from .translate import architecture_of


def huggingface_config(
    tensors: dict[str, Tensor], heads: int | None
) -> dict[str, Any]:
    """What its ``config.json`` says.

    Args:
        tensors: A backbone's, by mmpretrain's names.
        heads: As in :func:`~.shapes.config_of`.

    Raises:
        ValueError: If the tensors do not tell it.
    """
    architecture = architecture_of(tensors)
    if architecture == RESNET:
        return resnet_config(tensors)
    if architecture == VIT:
        return vit_config(vit(tensors, heads))
    return swin_config(swin(tensors), tensors)


def resnet_config(tensors: dict[str, Tensor]) -> dict[str, Any]:
    resnet(tensors)  # refuses what has other strides than usual
    blocks, bottleneck = count_blocks(tensors), has_bottlenecks(tensors)
    last = 3 if bottleneck else 2
    return dict(
        architectures=['ResNetModel'],
        model_type='resnet',
        num_channels=tensors['conv1.weight'].shape[1],
        embedding_size=tensors['conv1.weight'].shape[0],
        hidden_sizes=[
            tensors[f'layer{i + 1}.0.conv{last}.weight'].shape[0]
            for i in range(len(blocks))
        ],
        depths=list(blocks),
        layer_type='bottleneck' if bottleneck else 'basic',
        hidden_act='relu',
        downsample_in_first_stage=False,
        downsample_in_bottleneck=False,
    )


def vit_config(ours: dict[str, Any]) -> dict[str, Any]:
    arch = ours['arch']
    return dict(
        architectures=['ViTModel'],
        model_type='vit',
        hidden_size=arch['embed_dims'],
        num_hidden_layers=arch['num_layers'],
        num_attention_heads=arch['num_heads'],
        intermediate_size=arch['feedforward_channels'],
        qkv_bias=ours['qkv_bias'],
        layer_norm_eps=1e-6,
        **transformer_config(ours),
    )


def swin_config(
    ours: dict[str, Any], tensors: dict[str, Tensor]
) -> dict[str, Any]:
    arch = ours['arch']
    ffn = tensors['stages.0.blocks.0.ffn.layers.0.0.weight']
    return dict(
        architectures=['SwinModel'],
        model_type='swin',
        embed_dim=arch['embed_dims'],
        depths=arch['depths'],
        num_heads=arch['num_heads'],
        window_size=ours['window_size'],
        mlp_ratio=ffn.shape[0] / ffn.shape[1],
        qkv_bias='stages.0.blocks.0.attn.w_msa.qkv.bias' in tensors,
        layer_norm_eps=1e-5,
        use_absolute_embeddings=False,
        **transformer_config(ours),
    )


def transformer_config(ours: dict[str, Any]) -> dict[str, Any]:
    return dict(
        image_size=ours['img_size'],
        patch_size=ours['patch_size'],
        num_channels=ours['in_channels'],
        hidden_act='gelu',
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
