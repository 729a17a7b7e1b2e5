"""VICReg, which mmpretrain does not have, and regions for it.

A method in a project of one's own: a head, an algorithm, two configs.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from mmpretrain.models.selfsup import BaseSelfSupervisor
from mmpretrain.registry import MODELS
from torch import Tensor
from torch.nn.functional import mse_loss, relu

from regioncl_mm.losses import in_float32, unit
from regioncl_mm.models import (
    build_regions,
    encode_with_regions,
    two_views,
    without_graph,
)


@MODELS.register_module()
class VICRegHead(BaseModule):
    """Eq. 6 of VICReg (Bardes, Ponce and LeCun, 2022).

    Variance and covariance are over the batch of one process.

    Args:
        invariance: The weight of the mean squared distance of two views.
        variance: The weight of the hinge of components' deviations at 1.
        covariance: The weight of the squared covariances of components.
        eps: What is added to a variance (Eq. 2).
    """

    def __init__(
        self,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        eps: float = 1e-4,
    ):
        super().__init__()
        self.weights = invariance, variance, covariance
        self.eps = eps

    def loss(self, z: Tensor, target: Tensor) -> Tensor:
        """A scalar, of two embeddings (N, D) of each image, N at least 2."""
        parts = [self.spread(x) for x in (z, target)]
        terms = (
            mse_loss(z, target),
            sum(hinge for hinge, _ in parts) / 2,
            sum(covariance for _, covariance in parts),
        )
        return sum(weight * term for weight, term in zip(self.weights, terms))

    def spread(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Eqs. 1 and 4: what is lacking to deviations of 1, and covariance."""
        centred = z - z.mean(0)
        covariance = centred.t() @ centred / (len(z) - 1)
        variance = covariance.diagonal()
        hinge = relu(1 - (variance + self.eps).sqrt()).mean()
        mixed = covariance.square().sum() - variance.square().sum()
        return hinge, mixed / z.shape[1]


@MODELS.register_module()
class RegionCLVICReg(BaseSelfSupervisor):
    """VICReg with a region branch; ``region_branch=None`` is VICReg itself.

    There are no negatives, so that a region has no rival; it is compared with
    the embedding of the other view of its image by the instance loss.

    Args:
        region_branch: Config of a ``RegionBranch``; None is VICReg.
        region_head: Config of a ``RegionSimilarityHead``, with the instance
            loss unless it says otherwise.
        **vicreg: Backbone, neck (the expander), head and the other arguments
            of ``BaseSelfSupervisor``.
    """

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **vicreg,
    ):
        super().__init__(**vicreg)
        loss = self.head.loss
        attract = dict(type='mmpretrain.RegionSimilarityHead', loss=loss)
        self.region_branch, self.region_head = build_regions(
            region_branch, {**attract, **region_head}
        )

    def loss(self, inputs: list[Tensor], data_samples, **kwargs) -> dict:
        """Losses of two views, each (N, 3, H, W)."""
        branch = self.region_branch
        (z_1, regions_1), (z_2, regions_2) = (
            encode_with_regions(branch, view, self.backbone, [self.neck])[0]
            for view in two_views(inputs)
        )
        losses = dict(loss_instance=in_float32(self.head.loss)(z_1, z_2))
        if branch is not None:
            of_both = [
                self.region_head.loss(regions, keys)
                for regions, keys in ((regions_1, z_2), (regions_2, z_1))
            ]
            losses['loss_region'] = torch.stack(of_both).mean()
        # For the diagnostics in the log.
        self.observed = without_graph(unit(z_1), unit(z_2), regions_1)
        return losses
