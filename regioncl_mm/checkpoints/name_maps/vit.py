"""How libraries call the tensors of a Vision Transformer."""

from __future__ import annotations

from ..names import Rule
from .transformers import (
    NEW_MLP,
    NEW_PROJ,
    NEW_QKV,
    NORMS,
    OLD_MLP,
    OLD_PROJ,
    QKV,
)

LAYER = 'layers.<i>.'
MLP = (('ffn.layers.0.0', 'fc1'), ('ffn.layers.1', 'fc2'))
TIMM_VIT = (
    *(Rule(name, name) for name in ('cls_token', 'pos_embed')),
    Rule('patch_embed.projection', 'patch_embed.proj'),
    *(Rule(f'{LAYER}ln{n}', f'blocks.<i>.norm{n}') for n in (1, 2)),
    *(
        Rule(f'{LAYER}attn.{x}', f'blocks.<i>.attn.{x}')
        for x in ('qkv', 'proj')
    ),
    *(Rule(LAYER + ours, f'blocks.<i>.mlp.{x}') for ours, x in MLP),
    # DINOv2's.
    *(Rule(f'{LAYER}ffn.{x}', f'blocks.<i>.mlp.{x}') for x in ('w12', 'w3')),
    Rule(f'{LAYER}attn.gamma1.weight', 'blocks.<i>.ls1.gamma'),
    Rule(f'{LAYER}ffn.gamma2.weight', 'blocks.<i>.ls2.gamma'),
    Rule('ln1', 'norm'),
)
TV_LAYER = 'encoder.layers.encoder_layer_<i>.'
TORCHVISION_VIT = (
    Rule('cls_token', 'class_token'),
    Rule('pos_embed', 'encoder.pos_embedding'),
    Rule('patch_embed.projection', 'conv_proj'),
    *(Rule(f'{LAYER}ln{n}', f'{TV_LAYER}ln_{n}') for n in (1, 2)),
    *(
        Rule(f'{LAYER}attn.qkv.{x}', f'{TV_LAYER}self_attention.in_proj_{x}')
        for x in ('weight', 'bias')
    ),
    Rule(f'{LAYER}attn.proj', f'{TV_LAYER}self_attention.out_proj'),
    Rule(f'{LAYER}ffn.layers.0.0', f'{TV_LAYER}mlp.0'),
    Rule(f'{LAYER}ffn.layers.1', f'{TV_LAYER}mlp.3'),
    # Those of its first releases.
    Rule(f'{LAYER}ffn.layers.0.0', f'{TV_LAYER}mlp.linear_1'),
    Rule(f'{LAYER}ffn.layers.1', f'{TV_LAYER}mlp.linear_2'),
    Rule('ln1', 'encoder.ln'),
)


def huggingface_vit(layer, qkv, attention, proj, mlp) -> tuple[Rule, ...]:
    """transformers' ViT, whose inner names version 5 has changed."""
    return (
        Rule('cls_token', 'embeddings.cls_token'),
        Rule('pos_embed', 'embeddings.position_embeddings'),
        Rule(
            'patch_embed.projection', 'embeddings.patch_embeddings.projection'
        ),
        *(Rule(f'{LAYER}ln{n}', f'{layer}{x}') for n, x in NORMS),
        Rule(f'{LAYER}attn.qkv', tuple(layer + attention + x for x in qkv)),
        Rule(f'{LAYER}attn.proj', layer + proj),
        *(Rule(LAYER + x[0], layer + to) for x, to in zip(MLP, mlp)),
        Rule('ln1', 'layernorm'),
    )


HF_LAYER = 'encoder.layer.<i>.'
HUGGINGFACE_VIT = huggingface_vit(
    HF_LAYER, QKV, 'attention.attention.', OLD_PROJ, OLD_MLP
)
HUGGINGFACE_5_VIT = huggingface_vit(
    LAYER, NEW_QKV, 'attention.', NEW_PROJ, NEW_MLP
)
