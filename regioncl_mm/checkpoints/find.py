"""Find the backbone among the tensors of a checkpoint."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter

import torch
from torch import Tensor

from ..finite import refuse_not_finite
from .candidates import find_candidates
from .layouts import ENCODERS, describe_prefixes
from .translate import to_mmpretrain

# What torch.compile and FSDP put into names.
COMPILED = re.compile(r'_orig_mod\.|_fsdp_wrapped_module\.')


def find_backbone(
    state_dict: dict[str, Tensor], encoder: str = 'online'
) -> tuple[dict[str, Tensor], str]:
    """The backbone's tensors by mmpretrain's names, and the prefix they had.

    Names of a library in :data:`~.name_maps.NAME_MAPS` are translated; others
    stay as they are below the prefix. Every prefix may follow a ``module.`` of
    data-parallel training, and what torch.compile puts in a name is left out.

    Args:
        state_dict: Tensors by their names in the checkpoint.
        encoder: ``'online'``, which is trained by gradients, or
            ``'momentum'``, its moving average.

    Raises:
        ValueError: If there is no such backbone, there are several that
            differ, it holds NaN or infinity, or a tensor of it has no place
            in mmpretrain's.
    """
    if encoder not in ENCODERS:
        raise ValueError(
            f"encoder must be 'online' or 'momentum', not {encoder!r}"
        )
    state_dict = {
        COMPILED.sub('', name): tensor for name, tensor in state_dict.items()
    }
    found = find_candidates(state_dict, encoder)
    if not found:
        raise ValueError(explain_missing(state_dict, encoder))
    # OpenSelfSup's MoCo saves the same tensors under two prefixes.
    if len(found) > 1 and len(set(map(hash_tensors, found.values()))) > 1:
        raise ValueError(
            f'there are {len(found)} different backbones, under '
            f'{" and ".join(map(repr, found))}: keep one of them in the '
            f'file. It has: {count_prefixes(state_dict)}'
        )
    prefix = next(iter(found))
    refuse_not_finite(found[prefix], f'the backbone under {prefix!r}')
    try:
        return to_mmpretrain(found[prefix]), prefix
    except ValueError as error:
        raise ValueError(
            f'the backbone under {prefix!r} cannot be read: {error}'
        ) from None


def hash_tensors(tensors: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, in the names' order."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        header = json.dumps([name, str(tensor.dtype), list(tensor.shape)])
        digest.update(header.encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def explain_missing(state_dict: dict[str, Tensor], encoder: str) -> str:
    """What is there, and what was looked for."""
    return (
        f'there is no {encoder} '
        f'{"backbone" if encoder == "online" else "encoder"} in the file. '
        f'It has: {count_prefixes(state_dict)}. Looked for: '
        f'{describe_prefixes(encoder)}, each also after module.'
    )


def count_prefixes(state_dict: dict[str, Tensor]) -> str:
    """What the names start with, and how many tensors do."""
    counts: Counter[str] = Counter()
    for name in state_dict:
        words = name.split('.')
        depth = 2 if words[0] == 'module' else 1
        is_leaf = len(words) <= depth
        counts['.'.join(words[:depth]) + ('' if is_leaf else '.')] += 1
    return ', '.join(
        f'{prefix} ({count} tensor{"s" if count > 1 else ""})'
        for prefix, count in counts.most_common(12)
    )
