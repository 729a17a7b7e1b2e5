"""Tensors that differ between libraries in more than their names."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .names import Change


def reverse_last(tensor: Tensor, *sizes: int) -> Tensor:
    """The last dimension, seen as one of these sizes, in reverse order."""
    split = tensor.reshape(*tensor.shape[:-1], *sizes)
    first = tensor.dim() - 1
    order = [*range(first), *reversed(range(first, split.dim()))]
    return split.permute(order).reshape(tensor.shape)


# A Swin Transformer merges 2x2 patches of C channels: channel, row and column
# here, where mmcv unfolds them; column, row and channel elsewhere.
MERGED_PATCHES = Change(
    ours_to_theirs=lambda x: reverse_last(x, x.shape[-1] // 4, 2, 2),
    theirs_to_ours=lambda x: reverse_last(x, 2, 2, x.shape[-1] // 4),
)


def square(tensor: Tensor) -> Tensor:
    """N*N values as (N, N)."""
    side = math.isqrt(tensor.numel())
    return tensor.reshape(side, side)


FLAT_INDEX = Change(ours_to_theirs=torch.flatten, theirs_to_ours=square)
# timm's smaller ConvNeXts have 1x1 convolutions for linear layers.
LINEAR = Change(lambda x: x, lambda x: x.flatten(1))

TABLE, INDEX = 'relative_position_bias_table', 'relative_position_index'


def with_position_indices(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """With the indices of Swin Transformers, which some libraries make anew.

    Args:
        tensors: mmpretrain's.
    """
    found = dict(tensors)
    for name, tensor in tensors.items():
        if name.endswith(TABLE) and tensor.dim() == 2:
            index = name[: -len(TABLE)] + INDEX
            if index not in tensors:
                side = (math.isqrt(tensor.shape[0]) + 1) // 2
                found[index] = position_index(side)
    return found


def position_index(side: int) -> Tensor:
    """Which row of the table is for which two of side*side patches."""
    at = torch.arange(side)
    row, column = (x.flatten() for x in torch.meshgrid(at, at, indexing='ij'))
    rows = row[:, None] - row[None] + side - 1
    columns = column[:, None] - column[None] + side - 1
    return rows * (2 * side - 1) + columns
