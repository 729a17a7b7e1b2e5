"""The region-level loss of methods without negatives (Algorithm 3)."""

from __future__ import annotations

from typing import Callable

import torch
from mmpretrain.registry import MODELS
from torch import Tensor

from ...losses import in_float32
from ..region_branch import RegionViews
from .region_head import RegionHead


@MODELS.register_module()
class RegionSimilarityHead(RegionHead):
    """Attracts canvas and paste to the keys of the images they are from.

    Args:
        use_canvas: Count the canvas term (Algorithm 3, line 6).
        use_paste: Count the paste term.
        loss: Config of a loss of predictions and targets (N, D), or the loss
            itself, such as the base algorithm's; a module stays whose it is,
            and its tensors are not in this head's state dict.

    Raises:
        ValueError: If neither term is left.
    """

    def __init__(
        self,
        use_canvas: bool = True,
        use_paste: bool = True,
        loss: dict | Callable[[Tensor, Tensor], Tensor] = dict(
            type='mmpretrain.CosineSimilarityLoss'
        ),
    ):
        super().__init__(use_canvas, use_paste)
        if isinstance(loss, dict):
            self.loss_module = MODELS.build(loss)
        else:
            # Past nn.Module, which would register the base's tensors again.
            object.__setattr__(self, 'loss_module', loss)

    def extra_repr(self) -> str:
        return f'use_canvas={self.use_canvas}, use_paste={self.use_paste}'

    def loss(self, views: RegionViews, keys: Tensor) -> Tensor:
        """Algorithm 3, line 6: a term keeps its half when the other is off.

        Computed in float32 at least, also under autocast.

        Args:
            views: Predicted canvas and paste (N, D), in composite order.
            keys: (N, D) targets, row i of image i; no gradient reaches them.

        Returns:
            A scalar; with cosine similarity between -1 and 1.
        """
        attract = in_float32(self.loss_module)
        losses = [
            attract(region, keys[image].detach())
            for region, _, image in self.terms(views)
        ]
        return torch.stack(losses).sum() / 2
