"""The losses of a training step that are taken against one queue."""

from __future__ import annotations

from typing import Callable, Iterable, List, NamedTuple, Sequence, Tuple

import torch
from mmpretrain.models.heads import ContrastiveHead
from mmpretrain.models.losses import CrossEntropyLoss
from torch import Tensor, nn

from ...losses import Contrast, contrast_all
from ..heads.region_contrast_head import RegionContrastHead
from ..region_branch import RegionViews
from .two_phases import gradient_ahead


class _Term(NamedTuple):
    """One side of a loss.

    Attributes:
        name: The name of the loss.
        weight: What it is multiplied by.
        contrasts: Its rows in the common pass of the queue.
        combine: Makes a scalar of their losses.
    """

    name: str
    weight: float
    contrasts: list[Contrast]
    combine: Callable[[list[Tensor]], Tensor]


class Objective:
    """Collects what a step contrasts with a queue, and takes it in one pass.

    A side is a view that is query in the step: there is one, or two in a
    symmetric step. Every loss is the mean over its sides.

    Args:
        queue: (D, K) negatives, unit-length columns. It may be overwritten
            once :meth:`losses` has returned.
    """

    def __init__(self, queue: Tensor):
        self.queue = queue
        self._terms: list[_Term] = []
        self._ahead: dict[str, Callable[[], Tensor]] = {}

    def add_regions(
        self,
        head: nn.Module,
        regions: Sequence[RegionViews | None],
        keys: Sequence[Tensor],
        weight: float = 1.0,
    ) -> None:
        """Eq. 2 as ``loss_region``; sides without regions add nothing.

        Args:
            head: A :class:`RegionContrastHead`. One with a ``loss`` of its
                own is called for it, side by side.
            regions: The canvas and paste (N, D) of each side.
            keys: The keys (N, D) of each side, unit length, row i of image i.
            weight: What the loss is multiplied by.
        """
        for views, k in zip(regions, keys):
            if views is not None:
                term = _of_regions(head, views, k, self.queue)
                self._terms.append(_Term('loss_region', weight, *term))

    def add_instances(
        self,
        head: ContrastiveHead,
        queries: Sequence[Tensor],
        keys: Sequence[Tensor],
        weight: float = 1.0,
        name: str = 'loss_instance',
    ) -> None:
        """Eq. 1, as mmpretrain's contrastive head has it.

        Args:
            head: A :class:`mmpretrain.models.ContrastiveHead`. One with
                another loss than plain cross-entropy gets all logits
                (N, 1 + K).
            queries: The queries (N, D) of each side, unit length.
            keys: The key of each query, (N, D) for each side, unit length.
            weight: What the loss is multiplied by.
            name: The name of the loss.
        """
        for q, k in zip(queries, keys):
            term = _of_instances(head, q, k, self.queue)
            self._terms.append(_Term(name, weight, *term))

    def take_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """End the first of two phases.

        The gradient of the loss added so far is taken, and its graph freed;
        see :func:`gradient_ahead`. With nothing added nothing is done.

        Args:
            parameters: Those that the loss may depend on.
        """
        losses, self._terms = self._evaluate(), []
        assert len(losses) <= 1, 'the first phase has one loss'
        for name, loss in losses.items():
            self._ahead[name] = gradient_ahead(loss, parameters)

    def losses(self) -> dict[str, Tensor]:
        """Every loss by its name, a scalar."""
        # First, for theirs is then the first gradient of the backward pass.
        ahead = {name: make() for name, make in self._ahead.items()}
        return {**ahead, **self._evaluate()}

    def _evaluate(self) -> dict[str, Tensor]:
        contrasts = [c for term in self._terms for c in term.contrasts]
        taken = iter(contrast_all(contrasts, self.queue) if contrasts else [])
        sides: dict[str, list[Tensor]] = {}
        for term in self._terms:
            loss = term.combine([next(taken) for _ in term.contrasts])
            sides.setdefault(term.name, []).append(term.weight * loss)
        return {
            name: torch.stack(sides[name]).mean() for name in sorted(sides)
        }


def add_up(*losses: dict[str, Tensor]) -> dict[str, Tensor]:
    """The sum of each loss over several objectives, by its name."""
    return {
        name: torch.stack([x[name] for x in losses]).sum()
        for name in losses[0]
    }


_Taken = Tuple[List[Contrast], Callable[[List[Tensor]], Tensor]]


def _of_regions(
    head: nn.Module, views: RegionViews, keys: Tensor, queue: Tensor
) -> _Taken:
    if getattr(head.loss, '__func__', None) is RegionContrastHead.loss:
        return head.contrasts(views, keys), head.combine
    # The queue is overwritten before its backward pass.
    return [], lambda _: head.loss(views, keys, queue.clone())


def _of_instances(
    head: ContrastiveHead, queries: Tensor, keys: Tensor, queue: Tensor
) -> _Taken:
    if _is_info_nce(head):
        return (
            [Contrast(queries, keys, head.temperature)],
            lambda losses: head.loss_module.loss_weight * losses[0],
        )

    def of_all_logits(_) -> Tensor:
        with torch.autocast(queries.device.type, enabled=False):
            q, k = queries.to(queue.dtype), keys.to(queue.dtype)
            positive = (q * k).sum(1, keepdim=True)
            return head.loss(positive, q @ queue.clone())

    return [], of_all_logits


def _is_info_nce(head: ContrastiveHead) -> bool:
    loss = head.loss_module
    return (
        type(head).loss is ContrastiveHead.loss
        and type(loss) is CrossEntropyLoss
        and not (loss.use_sigmoid or loss.use_soft)
        and loss.reduction == 'mean'
        and loss.class_weight is None
    )
