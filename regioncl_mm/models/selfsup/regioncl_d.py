"""RegionCL-D: region contrast on DenseCL (Algorithm 2)."""

from __future__ import annotations

import torch
from mmpretrain.models.selfsup import DenseCL
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ...losses import match_cells, unit
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
class RegionCLD(DenseCL):
    """DenseCL with RegionCL's region branch on its instance side.

    State-dict keys are DenseCL's: the region branch and head own no tensors.

    DenseCL's ``loss_lambda`` weighs its two losses, ``(1 - λ) L_ins +
    λ L_dense``. Algorithm 2 adds the plain losses, which is λ = 0.5 but for a
    factor; with a region branch the objective is therefore ``L_ins + L_reg +
    λ / (1 - λ) L_dense``. With λ = 0, as ``DenseCLHook`` has it while it
    warms up, L_ins + L_reg are left.

    Args:
        region_branch: Config of the region branch, a :class:`RegionBranch`
            with the paper's values unless it says otherwise; None trains
            plain DenseCL, same loss and gradients as mmpretrain's.
        region_head: Config of the region loss, a :class:`RegionContrastHead`
            with the instance loss's temperature unless it says otherwise.
        two_phase: Take the gradient of the region loss before the queries
            are encoded, and compute the stem of a ResNet twice (see
            :func:`.lean_backbone`): the same gradient, in less than half the
            memory for activations. Not with float16.
        copy_buffers: See :class:`MomentumEncoder`.
        loss_weights: Further factors, by ``instance``, ``region`` and
            ``dense``; those not named are 1.
        **densecl: Arguments of :class:`mmpretrain.models.DenseCL`.

    Raises:
        ValueError: If a loss weight has another name, or λ is 1 with regions.
    """

    encoder_k: MomentumEncoder

    def __init__(
        self,
        *,
        region_branch: dict | None = dict(),
        region_head: dict = dict(),
        two_phase: bool = False,
        copy_buffers: bool = False,
        loss_weights: dict = dict(),
        **densecl,
    ):
        super().__init__(**densecl)
        self.encoder_k = MomentumEncoder.from_average(
            self.encoder_k, copy_buffers
        )
        self.two_phase = two_phase
        self.region_branch, self.region_head = build_regions(
            region_branch, contrast_config(self.head, region_head)
        )
        self.loss_weights = dict(instance=1.0, region=1.0, dense=1.0)
        unknown = set(loss_weights) - set(self.loss_weights)
        if unknown:
            raise ValueError(
                f'unknown loss weights {sorted(unknown)}; there are '
                f'{", ".join(self.loss_weights)}'
            )
        self.loss_weights.update(loss_weights)
        if self.region_branch is not None and not 0 <= self.loss_lambda < 1:
            raise ValueError(
                f'loss_lambda={self.loss_lambda} leaves no instance loss; '
                'with a region branch it must lie in [0, 1)'
            )

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """Algorithm 2, one term an entry, each with its weight.

        Args:
            inputs: Query and key views, each (N, 3, H, W).
            data_samples: Not used.

        Returns:
            ``loss_instance``, ``loss_dense`` and, with a region branch,
            ``loss_region``.
        """
        im_q, im_k = two_views(inputs)
        weights = self._weights()
        # First, for it refuses unfit batches before anything has changed.
        regions = encode_regions(self, [im_q])
        if not self.two_phase:
            queries = self._encode(self.backbone, self.neck, im_q)
        self.update_momentum_encoder()
        k_map, k, k_cells, k_dense = self.encode_keys(im_k)
        step, dense = Objective(self.queue), Objective(self.queue2)
        step.add_regions(self.region_head, regions, [k], weights['region'])
        if self.two_phase:
            step.take_gradients(self.parameters())
            queries = self._encode(lean_backbone(self), self.neck, im_q)
        q_map, q, q_cells, _ = queries
        step.add_instances(self.head, [q], [k], weights['instance'])
        cells, key_cells = match_cells(q_map, k_map, q_cells, k_cells)
        dense.add_instances(
            self.head, [cells], [key_cells], weights['dense'], 'loss_dense'
        )
        losses = {**step.losses(), **dense.losses()}
        enqueue(self.queue, self.queue_ptr, k)
        enqueue(self.queue2, self.queue2_ptr, k_dense)
        self.observed = without_graph(q, k, regions[0])
        return losses

    def _weights(self) -> dict[str, float]:
        dense, instance = self.loss_lambda, 1 - self.loss_lambda
        if self.region_branch is not None:
            dense, instance = dense / instance, 1.0
        base = dict(instance=instance, region=1.0, dense=dense)
        return {name: base[name] * w for name, w in self.loss_weights.items()}

    @staticmethod
    def _encode(backbone, neck, images: Tensor) -> tuple[Tensor, ...]:
        """Backbone cells (N, C, S), the vector (N, D), projected cells
        (N, D, S) and their mean (N, D), all of unit length."""
        features = backbone(images)
        parts = (features[0].flatten(2), *neck(features))
        return tuple(unit(part) for part in parts)

    @torch.no_grad()
    def encode_keys(self, images: Tensor) -> tuple[Tensor, ...]:
        """What the online side has of queries, of a batch shuffled among
        processes."""
        backbone, neck = self.encoder_k.module
        return encode_shuffled(
            self.encoder_k,
            images,
            lambda shuffled: self._encode(backbone, neck, shuffled),
        )

    def update_momentum_encoder(self) -> None:
        """Move the momentum encoder towards the online one."""
        self.encoder_k.follow(self)
