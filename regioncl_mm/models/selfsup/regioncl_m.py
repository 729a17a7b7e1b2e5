"""RegionCL-M: region contrast on MoCo v2 (paper, section 3.2)."""

from __future__ import annotations

import torch
from mmengine.dist import all_gather, get_world_size
from mmpretrain.models.selfsup import MoCo
from mmpretrain.models.utils import batch_shuffle_ddp, batch_unshuffle_ddp
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn.functional import normalize

from ...queue import write_queue


@MODELS.register_module()
class RegionCLM(MoCo):
    """MoCo v2 with RegionCL's region branch (Algorithm 1).

    State-dict keys are MoCo's: the region branch and head own no tensors.

    Args:
        region_branch: Config of the region branch, a :class:`RegionBranch`
            with the paper's values unless it says otherwise; None trains
            plain MoCo v2, same loss and gradients as mmpretrain's ``MoCo``.
        region_head: Config of the region loss, a :class:`RegionContrastHead`.
        **moco: Arguments of :class:`mmpretrain.models.MoCo`.
    """

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        **moco,
    ):
        super().__init__(**moco)
        if region_branch is None:
            self.region_branch = self.region_head = None
        else:
            self.region_branch = MODELS.build(
                {'type': 'RegionBranch', **region_branch}
            )
            self.region_head = MODELS.build(
                {'type': 'RegionContrastHead', **region_head}
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
        im_q, im_k = inputs
        views = None
        if self.region_branch is not None:
            # First, for it refuses unfit batches before anything has run.
            views = self.region_branch(im_q, self.backbone, self.neck)
        q = normalize(self.neck(self.backbone(im_q))[0])
        k = self.encode_keys(im_k)
        # The queue is overwritten below, before the backward pass reads it.
        queue = self.queue.clone()
        losses = dict(loss_instance=self.instance_loss(q, k, queue))
        if views is not None:
            losses['loss_region'] = self.region_head.loss(views, k, queue)
        self.enqueue(k)
        # For hooks to look at: `RegionDiagnosticsHook` reads it when it logs.
        self.observed = q.detach(), k, views and views.detach()
        return losses

    def instance_loss(self, q: Tensor, k: Tensor, queue: Tensor) -> Tensor:
        """Eq. 1 for unit-length q, k (N, D) against ``queue`` (D, K).

        Computed in the type of the queue, also under autocast.
        """
        with torch.autocast(q.device.type, enabled=False):
            q, k = q.to(queue.dtype), k.to(queue.dtype)
            positive = (q * k).sum(1, keepdim=True)
            return self.head.loss(positive, q @ queue)

    @torch.no_grad()
    def encode_keys(self, images: Tensor) -> Tensor:
        """Move the momentum encoder, then encode: unit-length (N, D) keys.

        Batches are shuffled among processes so that the statistics of batch
        norm do not tell which keys belong together; within one process a
        shuffle changes no statistic and is left out.
        """
        self.encoder_k.update_parameters(
            nn.Sequential(self.backbone, self.neck)
        )
        shuffle = get_world_size() > 1
        if shuffle:
            images, restore = batch_shuffle_ddp(images)
        k = normalize(self.encoder_k(images)[0])
        return batch_unshuffle_ddp(k, restore) if shuffle else k

    @torch.no_grad()
    def enqueue(self, keys: Tensor) -> None:
        """Push the keys (N, D) of every process onto the queue."""
        write_queue(self.queue, self.queue_ptr, torch.cat(all_gather(keys)))
