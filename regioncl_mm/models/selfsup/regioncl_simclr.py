"""RegionCL + SimCLR: regions among the images of all processes."""

from __future__ import annotations

import torch
from mmengine.dist import get_rank
from mmpretrain.models.selfsup.simclr import GatherLayer, SimCLR
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...losses import unit
from ...regions import swap_partners
from ..region_branch import (
    build_regions,
    contrast_config,
    encode_with_regions,
    without_graph,
)
from ..two_views import two_views


@MODELS.register_module()
class RegionCLSimCLR(SimCLR):
    """SimCLR with RegionCL's region branch; the paper has no such method.

    No gradient reaches keys and rivals of regions, as in Eq. 2, while the base
    trains both sides of a pair. State-dict keys are SimCLR's.

    Args:
        region_branch: Config of a :class:`RegionBranch`; None is the base.
        region_head: Config of a :class:`RegionContrastHead`; tau is SimCLR's.
        **simclr: Arguments of :class:`mmpretrain.models.SimCLR`.
    """

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **simclr,
    ):
        super().__init__(**simclr)
        self.region_branch, self.region_head = build_regions(
            region_branch, contrast_config(self.head, region_head)
        )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """``loss_instance`` and, with a region branch, ``loss_region``, both
        means over the views (N, 3, H, W) of all processes as anchors."""
        view_1, view_2 = two_views(inputs)
        if branch := self.region_branch:
            swap_partners(len(view_1))  # refuses a single image
        # One batch, as in the base: rows 2i and 2i + 1 are views of image i.
        rows = torch.stack((view_1, view_2), 1).flatten(0, 1)
        ((z, regions),) = encode_with_regions(
            branch, rows, self.backbone, [self.neck]
        )
        everyone = torch.cat(GatherLayer.apply(unit(z)))
        losses = dict(loss_instance=self.instance_loss(everyone))
        own = torch.arange(len(z), device=z.device) + len(z) * get_rank()
        keys, other = everyone.detach(), own + 1 - own % 2 * 2
        if regions is not None:
            loss = self.region_head.loss(
                regions, keys[other], keys.t(), torch.stack((own, other), 1)
            )
            # On every process the loss of all, as the instance loss is.
            of_all = torch.cat(GatherLayer.apply(loss[None]))
            losses['loss_region'] = of_all.mean()
        self.observed = without_graph(keys[own], keys[other], regions)
        return losses

    def instance_loss(self, z: Tensor) -> Tensor:
        """SimCLR's loss of all rows (2N, D), without autocast."""
        with torch.autocast(z.device.type, enabled=False):
            row, cosines = torch.arange(len(z), device=z.device), z @ z.t()
            other, k = row + 1 - row % 2 * 2, row[:-2]
            negatives = cosines.gather(1, k + 2 * (k >= row[:, None] // 2 * 2))
            return self.head.loss(cosines[row, other, None], negatives)
