"""RegionCL + Barlow Twins: regions correlate with their images."""

from __future__ import annotations

from mmpretrain.models.selfsup import BarlowTwins
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...losses import in_float32, unit
from ..region_branch import (
    build_regions,
    encode_with_regions,
    without_graph,
)
from ..two_views import two_views


@MODELS.register_module()
class RegionCLBarlow(BarlowTwins):
    """Barlow Twins with RegionCL's region branch; not a method of the paper.

    The loss is of the components of embeddings, decorrelated over the batch
    of all processes, and not of pairs of images: there are no negatives, and
    hence a region has no rival. State-dict keys are BarlowTwins'.

    Args:
        region_branch: Config of a :class:`RegionBranch`; None is the base.
        region_head: Config of a :class:`RegionSimilarityHead`, with the
            instance loss unless it says otherwise.
        **barlow: Arguments of :class:`mmpretrain.models.BarlowTwins`.
    """

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **barlow,
    ):
        super().__init__(**barlow)
        loss = self.instance_loss
        correlate = dict(type='mmpretrain.RegionSimilarityHead', loss=loss)
        self.region_branch, self.region_head = build_regions(
            region_branch, {**correlate, **region_head}
        )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """``loss_instance`` and, with a region branch, ``loss_region``: the
        mean over both views (N, 3, H, W) as query, for the base's loss is one
        for both."""
        branch = self.region_branch
        (z_1, regions_1), (z_2, regions_2) = (
            encode_with_regions(branch, view, self.backbone, [self.neck])[0]
            for view in two_views(inputs)
        )
        losses = dict(loss_instance=self.instance_loss(z_1, z_2))
        if branch is not None:
            losses['loss_region'] = (
                self.region_head.loss(regions_1, z_2)
                + self.region_head.loss(regions_2, z_1)
            ) / 2
        self.observed = without_graph(unit(z_1), unit(z_2), regions_1)
        return losses

    def instance_loss(self, z: Tensor, target: Tensor) -> Tensor:
        """The head's loss of two embeddings (N, D) of each image."""
        return in_float32(self.head.loss)(z, target)
