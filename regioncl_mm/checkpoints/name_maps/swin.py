"""How libraries call the tensors of a Swin Transformer."""

from __future__ import annotations

from ..names import Rule
from ..tensor_changes import FLAT_INDEX, INDEX, MERGED_PATCHES
from .transformers import (
    NEW_MLP,
    NEW_PROJ,
    NEW_QKV,
    NORMS,
    OLD_MLP,
    OLD_PROJ,
    QKV,
)

SWIN_BLOCK = 'stages.<s>.blocks.<b>.'
W_MSA = f'{SWIN_BLOCK}attn.w_msa.'
POSITIONS = ('relative_position_bias_table', INDEX)


def swin(embedding, norm, block, merging, mlp, last) -> tuple[Rule, ...]:
    """Rules of a Swin Transformer, without those of its queries and keys."""
    return (
        Rule('patch_embed.projection', embedding),
        Rule('patch_embed.norm', norm),
        *(
            Rule(f'{SWIN_BLOCK}ffn.{ours}', f'{block}{theirs}')
            for ours, theirs in zip(('layers.0.0', 'layers.1'), mlp)
        ),
        *(
            Rule(
                f'stages.<s>.downsample.{part}', merging + part, MERGED_PATCHES
            )
            for part in ('reduction', 'norm')
        ),
        Rule('norm3', last),
    )


def usual_swin(block, index=None, **others) -> tuple[Rule, ...]:
    """A Swin Transformer whose attention has the official code's names."""
    return (
        *(Rule(f'{SWIN_BLOCK}norm{n}', f'{block}norm{n}') for n in (1, 2)),
        Rule(f'{W_MSA}{INDEX}', f'{block}attn.{INDEX}', index),
        *(
            Rule(W_MSA + part, f'{block}attn.{part}')
            for part in ('qkv', 'proj', POSITIONS[0])
        ),
        *swin(block=block, **others),
    )


FC = ('mlp.fc1', 'mlp.fc2')
OFFICIAL, TIMM_SWIN, DETECTRON2 = (
    usual_swin(
        'layers.<s>.blocks.<b>.',
        embedding='patch_embed.proj',
        norm='patch_embed.norm',
        merging=merging,
        mlp=FC,
        last=last,
    )
    for merging, last in (
        ('layers.<s>.downsample.', 'norm'),
        ('layers.<s+1>.downsample.', 'norm'),
        ('layers.<s>.downsample.', 'norm3'),
    )
)
# detectron2 has norms of every stage's output; and its files are read by the
# official code's mark.
OUTPUT_NORMS = (Rule('norm<s>', 'norm<s>'),)
OFFICIAL_SWIN = (*OFFICIAL, *OUTPUT_NORMS)
DETECTRON2_SWIN = (*DETECTRON2, *OUTPUT_NORMS)
TORCHVISION_SWIN = usual_swin(
    'features.<2s+1>.<b>.',
    FLAT_INDEX,
    embedding='features.0.0',
    norm='features.0.2',
    merging='features.<2s+2>.',
    mlp=('mlp.0', 'mlp.3'),
    last='norm',
)
HF_BLOCK = 'encoder.layers.<s>.blocks.<b>.'


def huggingface_swin(qkv, attention, table, proj, mlp) -> tuple[Rule, ...]:
    """transformers' Swin Transformer, as :func:`huggingface_vit`."""
    return (
        *(Rule(f'{SWIN_BLOCK}norm{n}', f'{HF_BLOCK}{x}') for n, x in NORMS),
        Rule(f'{W_MSA}qkv', tuple(HF_BLOCK + attention + x for x in qkv)),
        *(Rule(W_MSA + x, f'{HF_BLOCK}{table}{x}') for x in POSITIONS),
        Rule(f'{W_MSA}proj', HF_BLOCK + proj),
        *swin(
            'embeddings.patch_embeddings.projection',
            'embeddings.norm',
            HF_BLOCK,
            'encoder.layers.<s>.downsample.',
            mlp,
            'layernorm',
        ),
    )


SELF = 'attention.self.'
HUGGINGFACE_SWIN = huggingface_swin(QKV, SELF, SELF, OLD_PROJ, OLD_MLP)
HUGGINGFACE_5_SWIN = huggingface_swin(
    NEW_QKV,
    'attention.',
    'attention.relative_position_bias.',
    NEW_PROJ,
    NEW_MLP,
)
