"""The losses of a step that are taken against the same queue."""

from __future__ import annotations

from typing import Callable, NamedTuple, Sequence

import torch
from mmpretrain.models.heads import ContrastiveHead
from mmpretrain.models.losses import CrossEntropyLoss
from torch import Tensor, nn

from ..losses import Contrast, contrast_all
from .region_views import RegionViews


class QueueTerm(NamedTuple):
    """A loss as contrasts against a queue.

    Attributes:
        contrasts: Taken in one pass of the queue with those of other terms.
        combine: Makes the term of their losses.
    """

    contrasts: list[Contrast]
    combine: Callable[[list[Tensor]], Tensor]


def evaluate(terms: Sequence[QueueTerm], queue: Tensor) -> list[Tensor]:
    """Every term, a scalar. The queue may be overwritten afterwards.

    Args:
        terms: With contrasts, or without any if computed by themselves.
        queue: (D, K) unit-length columns.
    """
    contrasts = [c for term in terms for c in term.contrasts]
    losses = contrast_all(contrasts, queue) if contrasts else []
    results = []
    for term in terms:
        count = len(term.contrasts)
        results.append(term.combine(losses[:count]))
        losses = losses[count:]
    return results


def instance_term(
    head: nn.Module, queries: Tensor, keys: Tensor, queue: Tensor
) -> QueueTerm:
    """Eq. 1, as mmpretrain's contrastive head has it.

    Args:
        head: A :class:`mmpretrain.models.ContrastiveHead`. One with another
            loss than plain cross-entropy gets all logits (N, 1 + K).
        queries: (N, D) unit length.
        keys: (N, D) the key of each query, unit length.
        queue: (D, K) negatives, unit-length columns.
    """
    if _is_info_nce(head):
        return QueueTerm(
            [Contrast(queries, keys, head.temperature)],
            lambda losses: head.loss_module.loss_weight * losses[0],
        )

    def of_all_logits(_) -> Tensor:
        with torch.autocast(queries.device.type, enabled=False):
            q, k = queries.to(queue.dtype), keys.to(queue.dtype)
            positive = (q * k).sum(1, keepdim=True)
            return head.loss(positive, q @ queue.clone())

    return QueueTerm([], of_all_logits)


def region_term(
    head: nn.Module, views: RegionViews, keys: Tensor, queue: Tensor
) -> QueueTerm:
    """Eq. 2.

    Args:
        head: A :class:`RegionContrastHead`, or another one with its ``loss``.
        views: Canvas and paste (N, D), in composite order.
        keys: (N, D) unit-length keys, row i of image i.
        queue: (D, K) negatives, unit-length columns.
    """
    if hasattr(head, 'contrasts'):
        return QueueTerm(head.contrasts(views, keys), head.combine)
    return QueueTerm([], lambda _: head.loss(views, keys, queue.clone()))


def _is_info_nce(head: nn.Module) -> bool:
    loss = head.loss_module
    return (
        type(head).loss is ContrastiveHead.loss
        and type(loss) is CrossEntropyLoss
        and not (loss.use_sigmoid or loss.use_soft)
        and loss.reduction == 'mean'
        and loss.class_weight is None
    )
