"""RegionCL-M: region contrast on MoCo v2 (paper, section 3.2)."""

from __future__ import annotations

from typing import Sequence

import torch
from mmpretrain.models.selfsup import MoCo
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...losses import unit
from ..lean_backbone import lean_backbone
from ..momentum import MomentumEncoder, encode_shuffled, enqueue
from ..objective import Objective
from ..region_branch import (
    build_regions,
    contrast_config,
    encode_regions,
    without_graph,
)
from ..two_views import two_views


@MODELS.register_module()
class RegionCLM(MoCo):
    """MoCo v2 with RegionCL's region branch (Algorithm 1).

    State-dict keys are MoCo's: the region branch and head own no tensors.

    Args:
        symmetric: Have both views be query and key once, each with its
            composites (the "*" rows of Table 2). Losses are means over the
            two, as in the work that the paper's baseline is from (SimSiam,
            Eq. 2), and both views' keys join the queue.
        two_phase: Take the gradient of the region loss before the queries
            are encoded, and compute the stem of a ResNet twice (see
            :func:`.lean_backbone`): the same gradient, in less than half the
            memory for activations. Not with float16.
        copy_buffers: See :class:`MomentumEncoder`.
        region_branch: Config of the region branch, a :class:`RegionBranch`
            with the paper's values unless it says otherwise; None trains
            plain MoCo v2, same loss and gradients as mmpretrain's ``MoCo``.
        region_head: Config of the region loss, a :class:`RegionContrastHead`
            with the instance loss's temperature unless it says otherwise.
        **moco: Arguments of :class:`mmpretrain.models.MoCo`.
    """

    encoder_k: MomentumEncoder

    def __init__(
        self,
        *,
        symmetric: bool = False,
        two_phase: bool = False,
        copy_buffers: bool = False,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **moco,
    ):
        super().__init__(**moco)
        self.encoder_k = MomentumEncoder.from_average(
            self.encoder_k, copy_buffers
        )
        self.symmetric = symmetric
        self.two_phase = two_phase
        self.region_branch, self.region_head = build_regions(
            region_branch, contrast_config(self.head, region_head)
        )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """Eq. 3, one term an entry.

        Args:
            inputs: Query and key views, each (N, 3, H, W).
            data_samples: Not used.

        Returns:
            ``loss_instance`` (Eq. 1) and, with a region branch,
            ``loss_region`` (Eq. 2).
        """
        inputs = two_views(inputs)
        query_views = inputs if self.symmetric else inputs[:1]
        key_views = inputs[::-1] if self.symmetric else inputs[1:]
        # First, for it refuses unfit batches before anything has changed.
        regions = encode_regions(self, query_views)
        if not self.two_phase:
            queries = self.encode_queries(query_views)
        self.update_momentum_encoder()
        keys = [self.encode_keys(images) for images in key_views]
        step = Objective(self.queue)
        step.add_regions(self.region_head, regions, keys)  # Eq. 2
        if self.two_phase:
            step.take_gradients(self.parameters())
            queries = self.encode_queries(query_views)
        step.add_instances(self.head, queries, keys)  # Eq. 1
        losses = step.losses()
        enqueue(self.queue, self.queue_ptr, *keys)
        self.observed = without_graph(queries[0], keys[0], regions[0])
        return losses

    def encode_queries(self, views: Sequence[Tensor]) -> list[Tensor]:
        """Unit-length (N, D) queries of each view."""
        backbone = lean_backbone(self)
        return [unit(self.neck(backbone(images))[0]) for images in views]

    @torch.no_grad()
    def encode_keys(self, images: Tensor) -> Tensor:
        """Unit-length (N, D) keys, of a batch shuffled among processes."""
        (keys,) = encode_shuffled(self.encoder_k, images, self.encoder_k)
        return unit(keys)

    def update_momentum_encoder(self) -> None:
        """Move the momentum encoder towards the online one."""
        self.encoder_k.follow(self)
