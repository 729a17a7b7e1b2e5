"""RegionCL + BYOL: regions predict the projections of their images."""

from __future__ import annotations

import torch
from mmpretrain.models.selfsup import BYOL
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...losses import in_float32, unit
from ..momentum import MomentumEncoder
from ..region_branch import build_regions, encode_with_regions, without_graph
from ..two_views import two_views


@MODELS.register_module()
class RegionCLBYOL(BYOL):
    """BYOL with RegionCL's region branch; the paper has no such method.

    State-dict keys are BYOL's. It has no negatives, hence a region no rival.

    Args:
        region_branch: Config of a :class:`RegionBranch`; None is plain BYOL.
        region_head: Config of a :class:`RegionSimilarityHead`; loss: BYOL's.
        copy_buffers: See :class:`MomentumEncoder`.
        **byol: Arguments of :class:`mmpretrain.models.BYOL`.
    """

    target_net: MomentumEncoder

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        copy_buffers: bool = False,
        **byol,
    ):
        super().__init__(**byol)
        average = MomentumEncoder.from_average(self.target_net, copy_buffers)
        self.target_net = average
        loss = self.head.loss_module
        attract = dict(type='mmpretrain.RegionSimilarityHead', loss=loss)
        self.region_branch, self.region_head = build_regions(
            region_branch, {**attract, **region_head}
        )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """Each loss is BYOL's sum over both views (N, 3, H, W) as query."""
        branch = self.region_branch
        projectors = (self.neck, self.head.predictor)
        (q_1, regions_1), (q_2, regions_2) = (
            encode_with_regions(branch, view, self.backbone, projectors)[-1]
            for view in two_views(inputs)
        )
        self.update_momentum_encoder()
        k_1, k_2 = (self.encode_keys(images) for images in inputs)
        loss = in_float32(self.head.loss_module)
        losses = dict(loss_instance=2 * (loss(q_1, k_2) + loss(q_2, k_1)))
        if branch is not None:
            loss = self.region_head.loss
            of_both = loss(regions_1, k_2) + loss(regions_2, k_1)
            losses['loss_region'] = 2 * of_both
        self.observed = without_graph(unit(q_1), unit(k_2), regions_1)
        return losses

    @torch.no_grad()
    def encode_keys(self, images: Tensor) -> Tensor:
        """(N, D) projections of the momentum encoder, of any length."""
        return self.target_net(images)[0]

    def update_momentum_encoder(self) -> None:
        """Move the momentum encoder towards the online one."""
        self.target_net.follow(self)
