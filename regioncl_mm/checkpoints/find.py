"""Find the backbone among the tensors of a checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import torch
from torch import Tensor

from ..finite import refuse_not_finite
from ..methods import momentum_attributes
from .layouts import (
    ENCODERS,
    HEADS,
    STEMS,
    backbone_prefixes,
    describe_prefixes,
    network_prefixes,
)


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
        ValueError: If there is no such backbone, there are several that
            differ, or it holds NaN or infinity.
    """
    if encoder not in ENCODERS:
        raise ValueError(
            f"encoder must be 'online' or 'momentum', not {encoder!r}"
        )
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
    return found[prefix], prefix


def find_candidates(
    state_dict: dict[str, Tensor], encoder: str
) -> dict[str, dict[str, Tensor]]:
    """Every backbone of a known layout, by its prefix."""
    found = {}
    for parallel in ('', 'module.'):
        model = tensors_below(parallel, state_dict)
        averages = averaged_attributes(model)
        for prefix in backbone_prefixes(encoder, averages):
            tensors = tensors_below(prefix, model)
            if tensors:
                found[parallel + prefix] = tensors
        for prefix in network_prefixes(encoder, averages):
            tensors = tensors_below(prefix, model)
            if any(stem in tensors for stem in STEMS):
                found[parallel + prefix] = {
                    name: tensor
                    for name, tensor in tensors.items()
                    if not name.startswith(HEADS)
                }
    return found


def tensors_below(
    prefix: str, state_dict: dict[str, Tensor]
) -> dict[str, Tensor]:
    """The tensors whose names start with a prefix, by the rest of them."""
    return {
        name[len(prefix) :]: tensor
        for name, tensor in state_dict.items()
        if name.startswith(prefix)
    }


def averaged_attributes(state_dict: dict[str, Tensor]) -> list[str]:
    """Where a model may have its momentum encoder.

    They are the attributes of every known method, and whatever attribute of
    the file is one of mmengine's averaged models: these count their ``steps``.
    """
    in_file = [
        name[: -len('.steps')]
        for name in state_dict
        if name.endswith('.steps') and name.count('.') == 1
    ]
    return list(dict.fromkeys([*momentum_attributes(), *in_file]))


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
