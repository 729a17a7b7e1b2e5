"""RegionCL + MoBY: region contrast for Swin (paper, section 4.4)."""

from __future__ import annotations

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ..objective import Objective, add_up
from ..region_branch import (
    RegionViews,
    build_regions,
    contrast_config,
    predict_with_regions,
    without_graph,
)
from ..two_views import two_views
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
            region_branch, contrast_config(self.head, region_head)
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
        view_1, view_2 = two_views(inputs)
        (q_1, regions_1), (q_2, regions_2) = predict_with_regions(self, inputs)
        self.update_momentum_encoder()
        k_1, k_2 = self.encode_keys(view_1), self.encode_keys(view_2)
        losses = add_up(
            self._against(self.queue2, q_1, k_2, regions_1),
            self._against(self.queue1, q_2, k_1, regions_2),
        )
        self.enqueue(k_1, k_2)
        self.observed = without_graph(q_1, k_2, regions_1)
        return losses

    def _against(
        self,
        queue: Tensor,
        queries: Tensor,
        keys: Tensor,
        regions: RegionViews | None = None,
    ) -> dict[str, Tensor]:
        """The losses with one view as query, that of regions if it has any."""
        step = Objective(queue)
        step.add_instances(self.head, [queries], [keys])  # Eq. 1
        step.add_regions(self.region_head, [regions], [keys])  # Eq. 2
        return step.losses()
