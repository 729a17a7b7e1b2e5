"""The region-level contrastive loss, Eq. 2 of the paper."""

from __future__ import annotations

import torch
from mmpretrain.registry import MODELS
from torch import Tensor

from ...losses import Contrast, contrast_all, unit
from ..region_branch import RegionViews
from .region_head import RegionHead


@MODELS.register_module()
class RegionContrastHead(RegionHead):
    """Contrasts canvas and paste with the keys of the images they are from.

    Args:
        temperature: tau. The paper gives one, 0.2, for both its losses.
        use_canvas: Count the canvas term of Eq. 2 (Table 10, "Canvas").
        use_paste: Count the paste term of Eq. 2 (Table 10, "Paste").
        use_intra_negative: Have the other region of the same composite as a
            further negative (Table 10, "Neg").
        loss_weight: Multiplies the loss.

    Raises:
        ValueError: If neither term is left, or the temperature is not
            positive.
    """

    def __init__(
        self,
        temperature: float = 0.2,
        use_canvas: bool = True,
        use_paste: bool = True,
        use_intra_negative: bool = True,
        loss_weight: float = 1.0,
    ):
        super().__init__(use_canvas, use_paste)
        if not temperature > 0:
            raise ValueError(
                f'`temperature` must be positive, got {temperature}'
            )
        self.temperature = temperature
        self.use_intra_negative = use_intra_negative
        self.loss_weight = loss_weight

    def extra_repr(self) -> str:
        return (
            f'temperature={self.temperature}, '
            f'use_canvas={self.use_canvas}, use_paste={self.use_paste}, '
            f'use_intra_negative={self.use_intra_negative}, '
            f'loss_weight={self.loss_weight}'
        )

    def loss(
        self,
        views: RegionViews,
        keys: Tensor,
        queue: Tensor,
        own_column: Tensor | None = None,
    ) -> Tensor:
        """Eq. 2, the mean over the batch.

        Each term keeps its factor of one half when the other is switched
        off. A rival cut from the same image is not a negative and is left
        out, which happens only without swapping.

        Args:
            views: Canvas and paste (N, D), in composite order.
            keys: (N, D) unit-length keys, row i of image i.
            queue: (D, K) unit-length negatives: earlier keys, or the keys of
                this batch together with ``own_column``.
            own_column: (N,) the columns of ``queue`` that hold ``keys``, or
                (N, C) those that hold any of the same image.

        Returns:
            A scalar. No gradient reaches keys, queue or rivals.
        """
        contrasts = self.contrasts(views, keys, own_column)
        return self.combine(contrast_all(contrasts, queue))

    def contrasts(
        self,
        views: RegionViews,
        keys: Tensor,
        own_column: Tensor | None = None,
    ) -> list[Contrast]:
        """The terms in use, for one pass of the queue with other contrasts.

        The arguments are those of :meth:`loss`.
        """
        views = views.replaced(unit(views.canvas), unit(views.paste))
        own = torch.arange(len(views.partner), device=keys.device)
        has_rival = views.partner != own
        return [
            Contrast(
                anchors,
                keys[image],
                self.temperature,
                rivals.detach() if self.use_intra_negative else None,
                has_rival if self.use_intra_negative else None,
                None if own_column is None else own_column[image],
            )
            for anchors, rivals, image in self.terms(views)
        ]

    def combine(self, losses: list[Tensor]) -> Tensor:
        """Eq. 2, from the losses of what :meth:`contrasts` returns."""
        return self.loss_weight * torch.stack(losses).sum() / 2
