"""RegionCL + MoBY: region contrast for Swin (paper, section 4.4)."""

from __future__ import annotations

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ..momentum import instance_loss
from ..with_regions import (
    build_regions,
    contrast_like,
    predict_with_regions,
)
from .moby import MoBY


@MODELS.register_module()
class RegionCLMoBY(MoBY):
    """MoBY with RegionCL's region branch.

    Regions pass projector and predictor in one batch with the instances, and
    meet the same keys and the same queue. State-dict keys are MoBY's.

    Args:
        region_branch: Config of the region branch, a :class:`RegionBranch`
            with the paper's values unless it says otherwise; None trains
            plain MoBY.
        region_head: Config of the region loss, a :class:`RegionContrastHead`
            with the instance loss's temperature unless it says otherwise.
        **moby: Arguments of :class:`MoBY`.
    """

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **moby,
    ):
        super().__init__(**moby)
        self.region_branch, self.region_head = build_regions(
            region_branch, contrast_like(self.head, region_head)
        )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """MoBY's loss and Eq. 2, each the sum over both views as query.

        Args:
            inputs: Two views, each (N, 3, H, W).
            data_samples: Not used.

        Returns:
            ``loss_instance`` and, with a region branch, ``loss_region``.
        """
        (q_1, regions_1), (q_2, regions_2) = (
            predict_with_regions(self, view) for view in inputs
        )
        k_1, k_2 = self.encode_keys(*inputs)
        # The queues are overwritten below, before the backward pass.
        queue_1, queue_2 = self.queue1.clone(), self.queue2.clone()
        losses = dict(
            loss_instance=instance_loss(self.head, q_1, k_2, queue_2)
            + instance_loss(self.head, q_2, k_1, queue_1)
        )
        if self.region_branch is not None:
            losses['loss_region'] = self.region_head.loss(
                regions_1, k_2, queue_2
            ) + self.region_head.loss(regions_2, k_1, queue_1)
        self.enqueue(k_1, k_2)
        self.observed = q_1.detach(), k_2, regions_1 and regions_1.detach()
        return losses
