"""What the methods with a momentum encoder and a queue share."""

from __future__ import annotations

from typing import Callable

import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn

from .norms.split_batch_norm import has_split_norm
from .shuffle import draw_order, exchange


@torch.no_grad()
def encode_shuffled(
    encoder: nn.Module,
    images: Tensor,
    encode: Callable[[Tensor], tuple[Tensor, ...]],
) -> tuple[Tensor, ...]:
    """``encode(images)`` with the batch shuffled among devices.

    The statistics of batch norm then do not tell which keys belong together
    (MoCo, section 3.3). Within one process a shuffle changes no statistic
    and is left out, unless split batch norm makes virtual devices.

    Args:
        encoder: The module that ``encode`` calls.
        images: (N, C, H, W).
        encode: Returns tensors of N rows.

    Returns:
        The tensors of ``encode``, row i of image i.
    """
    if get_world_size() == 1 and not has_split_norm(encoder):
        return encode(images)
    order = draw_order(len(images), encoder)
    back = order.argsort()
    return tuple(
        exchange(rows, back) for rows in encode(exchange(images, order))
    )
