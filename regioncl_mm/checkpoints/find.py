"""Find the backbone among the tensors of a checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import torch
from torch import Tensor

# Prefixes of a network that is all backbone, then of one whose last layer
# is, or has been replaced by, a projector.
BACKBONES = dict(
    # mmengine's, regioncl_mm's and extracted ones; OpenSelfSup's MoCo
    online=('backbone.', 'encoder_q.0.'),
    # mmpretrain's MoCo and DenseCL, its MoCo v3; OpenSelfSup's MoCo
    momentum=(
        'encoder_k.module.0.',
        'momentum_encoder.module.0.',
        'encoder_k.0.',
    ),
)
NETWORKS = dict(
    # facebookresearch's moco, moco-v3 and simsiam; torchvision
    online=('encoder_q.', 'base_encoder.', 'encoder.', ''),
    momentum=('encoder_k.', 'momentum_encoder.'),
)
HEADS = ('fc.', 'head.', 'heads.')
# By these a network is told from any other group of tensors.
STEMS = (
    'conv1.weight',
    'stem.0.weight',
    'patch_embed.proj.weight',
    'patch_embed.projection.weight',
)
ENCODERS = tuple(BACKBONES)


def find_backbone(
    state_dict: dict[str, Tensor], encoder: str = 'online'
) -> tuple[dict[str, Tensor], str]:
    """The backbone's tensors by its own names, and the prefix they had.

    Names below the prefix stay as they are. Every prefix may follow a
    ``module.`` of data-parallel training.

    Args:
        state_dict: Tensors by their names in the checkpoint.
        encoder: ``'online'``, which is trained by gradients, or
            ``'momentum'``, its moving average.

    Raises:
        ValueError: If there is no such backbone, or there are several that
            differ.
    """
    if encoder not in ENCODERS:
        raise ValueError(
            f"encoder must be 'online' or 'momentum', not {encoder!r}"
        )
    found = candidates(state_dict, encoder)
    if not found:
        raise ValueError(explain_missing(state_dict, encoder))
    # OpenSelfSup's MoCo saves the same tensors under two prefixes.
    if len(found) > 1 and len(set(map(hash_tensors, found.values()))) > 1:
        raise ValueError(
            f'there are {len(found)} different backbones, under '
            f'{" and ".join(map(repr, found))}: keep one of them in the '
            f'file. It has: {list_prefixes(state_dict)}'
        )
    prefix = next(iter(found))
    return found[prefix], prefix


def candidates(
    state_dict: dict[str, Tensor], encoder: str
) -> dict[str, dict[str, Tensor]]:
    """Every backbone of a known layout, by its prefix."""
    found = {}
    for parallel in ('', 'module.'):
        for prefix in BACKBONES[encoder]:
            tensors = below(parallel + prefix, state_dict)
            if tensors:
                found[parallel + prefix] = tensors
        for prefix in NETWORKS[encoder]:
            tensors = below(parallel + prefix, state_dict)
            if any(stem in tensors for stem in STEMS):
                found[parallel + prefix] = {
                    name: tensor
                    for name, tensor in tensors.items()
                    if not name.startswith(HEADS)
                }
    return found


def below(prefix: str, state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name[len(prefix) :]: tensor
        for name, tensor in state_dict.items()
        if name.startswith(prefix)
    }


def explain_missing(state_dict: dict[str, Tensor], encoder: str) -> str:
    looked_for = BACKBONES[encoder] + NETWORKS[encoder]
    return (
        f'there is no {encoder} '
        f'{"backbone" if encoder == "online" else "encoder"} in the file. '
        f'It has: {list_prefixes(state_dict)}. Looked for: '
        + ', '.join(prefix or 'conv1.weight …' for prefix in looked_for)
        + ', each also after module.'
    )


def list_prefixes(state_dict: dict[str, Tensor]) -> str:
    """What the names start with, and how many tensors do."""
    counts = Counter()
    for name in state_dict:
        parts = name.split('.')
        depth = 2 if parts[0] == 'module' else 1
        is_leaf = len(parts) <= depth
        counts['.'.join(parts[:depth]) + ('' if is_leaf else '.')] += 1
    return ', '.join(
        f'{prefix} ({count} tensor{"s" if count > 1 else ""})'
        for prefix, count in counts.most_common(12)
    )


def hash_tensors(tensors: dict[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and bytes, in the names' order."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        header = json.dumps([name, str(tensor.dtype), list(tensor.shape)])
        digest.update(header.encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy())
    return digest.hexdigest()
