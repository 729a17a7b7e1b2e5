"""RegionCL + MoBY: region contrast for Swin (paper, section 4.4)."""

from __future__ import annotations

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ..queue_terms import evaluate, instance_term, region_term
from ..region_views import RegionViews
from ..with_regions import (
    build_regions,
    contrast_like,
    due,
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
        branch = due(self.region_branch)
        (q_1, regions_1), (q_2, regions_2) = (
            predict_with_regions(self, view, branch) for view in inputs
        )
        k_1, k_2 = self.encode_keys(*inputs)
        sides = [
            self._side(q_1, regions_1, k_2, self.queue2),
            self._side(q_2, regions_2, k_1, self.queue1),
        ]
        names = ('loss_instance', 'loss_region')
        losses = {name: sum(two) for name, two in zip(names, zip(*sides))}
        self.enqueue(k_1, k_2)
        self.observed = q_1.detach(), k_2, regions_1 and regions_1.detach()
        return losses

    def _side(
        self, q: Tensor, regions: RegionViews | None, k: Tensor, queue: Tensor
    ) -> list[Tensor]:
        """The losses with one view as query, that of regions if it has any."""
        terms = [instance_term(self.head, q, k, queue)]
        if regions is not None:
            terms.append(region_term(self.region_head, regions, k, queue))
        return evaluate(terms, queue)
