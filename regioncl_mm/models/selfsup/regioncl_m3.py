"""RegionCL-M3: region contrast on MoCo v3 (paper, Table 2)."""

from __future__ import annotations

import torch
from mmengine.dist import all_gather, get_rank
from mmpretrain.models.selfsup import MoCoV3
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...losses import unit
from ..momentum import MomentumEncoder
from ..region_branch import (
    build_regions,
    contrast_config,
    predict_with_regions,
    without_graph,
)
from ..two_views import two_views


@MODELS.register_module()
class RegionCLM3(MoCoV3):
    """MoCo v3 with RegionCL's region branch.

    MoCo v3 has no queue: the negatives of a query are the other keys of the
    batch, over all processes. They serve canvas and paste alike, next to the
    other region of the composite. Instances and regions pass projector and
    predictor as one batch. A vision transformer's class token is the
    instance; its regions are pooled from the map of its patch tokens.

    State-dict keys are MoCoV3's: the region branch and head own no tensors.

    Args:
        region_branch: Config of the region branch, a :class:`RegionBranch`
            with the paper's values unless it says otherwise; None trains
            plain MoCo v3, same loss and gradients as mmpretrain's.
        region_head: Config of the region loss, a :class:`RegionContrastHead`
            with temperature and loss weight of the instance loss unless it
            says otherwise.
        copy_buffers: See :class:`MomentumEncoder`.
        **mocov3: Arguments of :class:`mmpretrain.models.MoCoV3`.
    """

    momentum_encoder: MomentumEncoder

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        copy_buffers: bool = False,
        **mocov3,
    ):
        super().__init__(**mocov3)
        self.momentum_encoder = MomentumEncoder.from_average(
            self.momentum_encoder, copy_buffers
        )
        self.region_branch, self.region_head = build_regions(
            region_branch, contrast_config(self.head, region_head)
        )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """MoCo v3's loss and Eq. 2 against the keys of the batch, each the
        sum over both views as query.

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
        sides = [
            (q_1, regions_1, k_2, *_keys_of_all_processes(k_2)),
            (q_2, regions_2, k_1, *_keys_of_all_processes(k_1)),
        ]
        instances = [
            self.instance_loss(q, keys, own) for q, _, _, keys, own in sides
        ]
        losses = dict(loss_instance=torch.stack(instances).sum())
        if regions_1 is not None:
            # The other images' keys stand in for a queue.
            regions = [
                self.region_head.loss(r, k, keys.t(), own)
                for _, r, k, keys, own in sides
            ]
            losses['loss_region'] = torch.stack(regions).sum()
        self.observed = without_graph(q_1, k_2, regions_1)
        return losses

    @torch.no_grad()
    def encode_keys(self, images: Tensor) -> Tensor:
        """Unit-length (N, D) keys."""
        return unit(self.momentum_encoder(images)[0])

    def update_momentum_encoder(self) -> None:
        """Move the momentum encoder towards the online one."""
        self.momentum_encoder.follow(self)

    def instance_loss(self, q: Tensor, keys: Tensor, own: Tensor) -> Tensor:
        """MoCo v3's loss: which of all keys is a query's own.

        In float32 at least, also under autocast.

        Args:
            q: (N, D) unit-length queries.
            keys: (M, D) unit-length keys of all processes.
            own: (N,) indices of the queries' own keys.
        """
        dtype = torch.promote_types(keys.dtype, torch.float32)
        with torch.autocast(q.device.type, enabled=False):
            # The base's einsum, so that not a bit differs without regions.
            logits = torch.einsum('nd,md->nm', q.to(dtype), keys.to(dtype))
            return self.head.loss_module(logits / self.head.temperature, own)


def _keys_of_all_processes(k: Tensor) -> tuple[Tensor, Tensor]:
    """All keys (M, D), and which of them are ``k``: (N,) indices."""
    own = torch.arange(len(k), device=k.device) + len(k) * get_rank()
    return torch.cat(all_gather(k)), own
