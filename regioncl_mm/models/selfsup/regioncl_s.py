"""RegionCL-S: region pairs on SimSiam (Algorithm 3)."""

from __future__ import annotations

import torch
from mmpretrain.models.selfsup import SimSiam
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...losses import in_float32, unit
from ..region_branch import (
    RegionBranch,
    RegionViews,
    build_regions,
    encode_with_regions,
    without_graph,
)
from ..two_views import two_views


@MODELS.register_module()
class RegionCLS(SimSiam):
    """SimSiam with RegionCL's region branch.

    State-dict keys are SimSiam's: the region branch and head own no tensors.
    Instances and regions pass projector and predictor as one batch, and so
    share its batch statistics (Figure 7).

    Args:
        symmetric: Have both views be query and key once, each with its
            composites, and take the mean, as SimSiam does. False is
            Algorithm 3 to the letter: the first view is the query.
        region_branch: Config of the region branch, a :class:`RegionBranch`
            with the paper's values unless it says otherwise; None trains
            plain SimSiam, same loss and gradients as mmpretrain's.
        region_head: Config of the region loss, a
            :class:`RegionSimilarityHead` with the instance loss unless it
            says otherwise.
        **simsiam: Arguments of :class:`mmpretrain.models.SimSiam`.
    """

    def __init__(
        self,
        *,
        symmetric: bool = True,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **simsiam,
    ):
        super().__init__(**simsiam)
        self.symmetric = symmetric
        loss = self.head.loss_module
        attract = dict(type='mmpretrain.RegionSimilarityHead', loss=loss)
        self.region_branch, self.region_head = build_regions(
            region_branch, {**attract, **region_head}
        )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """Algorithm 3, one term an entry.

        Args:
            inputs: Two views, each (N, 3, H, W).
            data_samples: Not used.

        Returns:
            ``loss_instance`` and, with a region branch, ``loss_region``; of
            cosines both lie between -1 and 1.
        """
        view_1, view_2 = two_views(inputs)
        branch = self.region_branch
        z_1, p_1, regions_1 = self.encode(view_1, branch)
        if self.symmetric:
            z_2, p_2, regions_2 = self.encode(view_2, branch)
            sides = [(p_1, regions_1, z_2), (p_2, regions_2, z_1)]
        else:
            with torch.no_grad():
                z_2 = self.neck(self.backbone(view_2))[0]
            sides = [(p_1, regions_1, z_2)]
        instances = [self.instance_loss(p, z) for p, _, z in sides]
        losses = dict(loss_instance=torch.stack(instances).mean())
        if branch is not None:
            regions = [self.region_head.loss(r, z) for _, r, z in sides]
            losses['loss_region'] = torch.stack(regions).mean()
        self.observed = without_graph(unit(p_1), unit(z_2), regions_1)
        return losses

    def encode(
        self, images: Tensor, branch: RegionBranch | None
    ) -> tuple[Tensor, Tensor, RegionViews | None]:
        """Projection (N, D), prediction (N, D) and predicted regions."""
        (z, _), (p, regions) = encode_with_regions(
            branch,
            images,
            self.backbone,
            (self.neck, self.head.predictor),
        )
        return z, p, regions

    def instance_loss(self, p: Tensor, z: Tensor) -> Tensor:
        """The head's loss of a prediction and a target without gradient."""
        return in_float32(self.head.loss_module)(p, z.detach())
