"""The sigmoid focal loss and its gradient, as mmcv's CUDA code has them.

Of a score x for a class, with p = sigmoid(x): ``-alpha (1 - p)^gamma log p``
if it is the target, else ``-(1 - alpha) p^gamma log(1 - p)``. mmdet calls
mmcv's op on a GPU only and computes it in Python on a CPU.

Shapes: scores (N, C); target (N,), where C stands for no class at all;
weight (C,) or empty, of each target's class.
"""

from __future__ import annotations

import torch
from torch import Tensor

SMALLEST = torch.finfo(torch.float32).tiny  # mmcv's, in any precision


def focal_loss(
    scores: Tensor, target: Tensor, weight: Tensor, gamma: float, alpha: float
) -> Tensor:
    """The loss of every score, (N, C)."""
    p = scores.sigmoid()
    hit = -alpha * (1 - p).pow(gamma) * log(p)
    miss = -(1 - alpha) * p.pow(gamma) * log(1 - p)
    return weighted(
        torch.where(is_target(scores, target), hit, miss), target, weight
    )


def focal_loss_gradient(
    scores: Tensor, target: Tensor, weight: Tensor, gamma: float, alpha: float
) -> Tensor:
    """The derivative of every loss with respect to its score, (N, C)."""
    p = scores.sigmoid()
    hit = -alpha * (1 - p).pow(gamma) * (1 - p - gamma * p * log(p))
    miss = -(1 - alpha) * p.pow(gamma) * (gamma * (1 - p) * log(1 - p) - p)
    return weighted(
        torch.where(is_target(scores, target), hit, miss), target, weight
    )


def is_target(scores: Tensor, target: Tensor) -> Tensor:
    classes = torch.arange(scores.size(1), device=scores.device)
    return target[:, None] == classes


def log(p: Tensor) -> Tensor:
    return p.clamp(min=SMALLEST).log()


def weighted(values: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    return values * weight[target][:, None] if weight.numel() else values
