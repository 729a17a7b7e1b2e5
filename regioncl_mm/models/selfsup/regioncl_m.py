"""RegionCL-M: region contrast on MoCo v2 (paper, section 3.2)."""

from __future__ import annotations

import torch
from mmpretrain.models.selfsup import MoCo
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...losses import unit
from ...queue import enqueue
from ..momentum import encode_shuffled, instance_loss
from ..with_regions import build_regions, contrast_like


@MODELS.register_module()
class RegionCLM(MoCo):
    """MoCo v2 with RegionCL's region branch (Algorithm 1).

    State-dict keys are MoCo's: the region branch and head own no tensors.

    Args:
        symmetric: Have both views be query and key once, each with its
            composites (the "*" rows of Table 2). Losses are means over the
            two, as in the work that the paper's baseline is from (SimSiam,
            Eq. 2), and both views' keys join the queue.
        region_branch: Config of the region branch, a :class:`RegionBranch`
            with the paper's values unless it says otherwise; None trains
            plain MoCo v2, same loss and gradients as mmpretrain's ``MoCo``.
        region_head: Config of the region loss, a :class:`RegionContrastHead`
            with the instance loss's temperature unless it says otherwise.
        **moco: Arguments of :class:`mmpretrain.models.MoCo`.
    """

    def __init__(
        self,
        *,
        symmetric: bool = False,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **moco,
    ):
        super().__init__(**moco)
        self.symmetric = symmetric
        self.region_branch, self.region_head = build_regions(
            region_branch, contrast_like(self.head, region_head)
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
        query_views = inputs if self.symmetric else inputs[:1]
        key_views = inputs[::-1] if self.symmetric else inputs[1:]
        # First, for it refuses unfit batches before anything has changed.
        regions = [self.encode_regions(images) for images in query_views]
        queries = [self.encode_queries(images) for images in query_views]
        self.update_momentum_encoder()
        keys = [self.encode_keys(images) for images in key_views]
        # The queue is overwritten below, before the backward pass reads it.
        queue = self.queue.clone()
        losses = dict(
            loss_instance=_mean(
                instance_loss(self.head, q, k, queue)
                for q, k in zip(queries, keys)
            )
        )
        if self.region_branch is not None:
            losses['loss_region'] = _mean(
                self.region_head.loss(views, k, queue)
                for views, k in zip(regions, keys)
            )
        for k in keys:
            enqueue(self.queue, self.queue_ptr, k)
        # For hooks to look at: `RegionDiagnosticsHook` reads it when it logs.
        q, k, views = queries[0], keys[0], regions[0]
        self.observed = q.detach(), k, views and views.detach()
        return losses

    def encode_regions(self, images: Tensor):
        """The regions of composites of ``images``; None without a branch."""
        return self.region_branch and self.region_branch(
            images, self.backbone, self.neck
        )

    def encode_queries(self, images: Tensor) -> Tensor:
        """Unit-length (N, D) queries."""
        return unit(self.neck(self.backbone(images))[0])

    @torch.no_grad()
    def encode_keys(self, images: Tensor) -> Tensor:
        """Unit-length (N, D) keys, of a batch shuffled among processes."""
        (keys,) = encode_shuffled(self.encoder_k, images, self.encoder_k)
        return unit(keys)

    def update_momentum_encoder(self) -> None:
        """Move the momentum encoder towards the online one."""
        self.encoder_k.update_parameters(
            nn.Sequential(self.backbone, self.neck)
        )


def _mean(losses) -> Tensor:
    return torch.stack(tuple(losses)).mean()
