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
from mmpretrain.models.backbones import ResNet
from torch import Tensor, nn


class LightlyMoCo(nn.Module):
    """With mmpretrain's ResNet, so that backbones are alike."""

    def __init__(self, depth: int, queue: int):
        super().__init__()
        channels = 512 if depth < 50 else 2048
        self.backbone = ResNet(depth)
        self.head = MoCoProjectionHead(channels, 2048, 128)
        self.key_backbone = copy.deepcopy(self.backbone)
        self.key_head = copy.deepcopy(self.head)
        deactivate_requires_grad(self.key_backbone)
        deactivate_requires_grad(self.key_head)
        self.criterion = NTXentLoss(
            temperature=0.2, memory_bank_size=(queue, 128)
        )

    def losses(self, images: Tensor, key_images: Tensor) -> dict:
        update_momentum(self.backbone, self.key_backbone, m=0.999)
        update_momentum(self.head, self.key_head, m=0.999)
        query = self.head(self.backbone(images)[-1].mean((2, 3)))
        with torch.no_grad():
            key_images, order = batch_shuffle(key_images)
            key = self.key_head(self.key_backbone(key_images)[-1].mean((2, 3)))
            key = batch_unshuffle(key, order)
        return dict(loss=self.criterion(query, key))
