"""MoCo v2 as lightly's documentation puts its parts together."""

from __future__ import annotations

import copy

import torch
from lightly.loss import NTXentLoss
from lightly.models.modules import MoCoProjectionHead
from lightly.models.utils import (
    batch_shuffle,
    batch_unshuffle,
    deactivate_requires_grad,
    update_momentum,
)
from torch import Tensor, nn


class LightlyMoCo(nn.Module):
    """With a backbone of mmpretrain, so that backbones are alike.

    Args:
        backbone: Returns a tuple whose last item is a feature map.
        channels: Of the map, of the projector's hidden layer and of what it
            returns.
        queue: How many keys are kept.
        kept: How much of the key encoder an update keeps.
    """

    def __init__(
        self,
        backbone: nn.Module,
        channels: tuple[int, int, int],
        queue: int,
        kept: float = 0.999,
    ):
        super().__init__()
        self.backbone = backbone
        self.head = MoCoProjectionHead(*channels)
        self.key_backbone = copy.deepcopy(self.backbone)
        self.key_head = copy.deepcopy(self.head)
        deactivate_requires_grad(self.key_backbone)
        deactivate_requires_grad(self.key_head)
        self.kept = kept
        self.criterion = NTXentLoss(
            temperature=0.2, memory_bank_size=(queue, channels[-1])
        )

    def losses(self, images: Tensor, key_images: Tensor) -> dict:
        update_momentum(self.backbone, self.key_backbone, m=self.kept)
        update_momentum(self.head, self.key_head, m=self.kept)
        query = self.head(self.backbone(images)[-1].mean((2, 3)))
        with torch.no_grad():
            key_images, order = batch_shuffle(key_images)
            key = self.key_head(self.key_backbone(key_images)[-1].mean((2, 3)))
            key = batch_unshuffle(key, order)
        return dict(loss=self.criterion(query, key))
