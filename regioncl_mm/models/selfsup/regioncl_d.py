"""RegionCL-D: region contrast on DenseCL (Algorithm 2)."""

from __future__ import annotations

import torch
from mmpretrain.models.selfsup import DenseCL
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...losses import match_cells, unit
from ...queue import enqueue
from ..backward_now import backward_now
from ..momentum import encode_shuffled
from ..momentum_encoder import in_one_call
from ..queue_terms import evaluate, instance_term, region_term
from ..with_regions import build_regions, contrast_like, due


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
            are encoded: the same gradient, in about half the memory for
            activations. Not with float16.
        copy_buffers: See :class:`MomentumEncoder`.
        loss_weights: Further factors, by ``instance``, ``region`` and
            ``dense``; those not named are 1.
        **densecl: Arguments of :class:`mmpretrain.models.DenseCL`.

    Raises:
        ValueError: If a loss weight has another name, or λ is 1 with regions.
    """

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
        self.encoder_k = in_one_call(self.encoder_k, copy_buffers)
        self.two_phase = two_phase
        self.region_branch, self.region_head = build_regions(
            region_branch, contrast_like(self.head, region_head)
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
        im_q, im_k = inputs
        # First, for it refuses unfit batches before anything has run.
        branch = due(self.region_branch)
        views = branch and branch(im_q, self.backbone, self.neck)
        queries = None
        if not self.two_phase:
            queries = self._encode(self.backbone, self.neck, im_q)
        k_map, k, k_cells, k_dense = self.encode_keys(im_k)
        weights = self._weights()
        losses, region_terms, waiting = {}, [], None
        if views is not None:
            region_terms = [
                region_term(self.region_head, views, k, self.queue)
            ]
            views = views.detach()
        if self.two_phase and region_terms:
            (loss,) = evaluate(region_terms, self.queue)
            region_terms = []
            waiting = backward_now(weights['region'] * loss, self.parameters())
            del loss
        if queries is None:
            queries = self._encode(self.backbone, self.neck, im_q)
        if waiting is not None:
            losses['loss_region'] = waiting()
        q_map, q, q_cells, _ = queries
        instance = instance_term(self.head, q, k, self.queue)
        loss_instance, *loss_region = evaluate(
            [instance, *region_terms], self.queue
        )
        cells = match_cells(q_map, k_map, q_cells, k_cells)
        dense = instance_term(self.head, *cells, self.queue2)
        (loss_dense,) = evaluate([dense], self.queue2)
        losses['loss_instance'] = weights['instance'] * loss_instance
        losses['loss_dense'] = weights['dense'] * loss_dense
        if region_terms:
            losses['loss_region'] = weights['region'] * loss_region[0]
        enqueue(self.queue, self.queue_ptr, k)
        enqueue(self.queue2, self.queue2_ptr, k_dense)
        self.observed = q.detach(), k, views
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
        """Move the momentum encoder, then encode as the online side does."""
        self.encoder_k.update_parameters(
            nn.Sequential(self.backbone, self.neck)
        )
        backbone, neck = self.encoder_k.module
        return encode_shuffled(
            self.encoder_k,
            images,
            lambda shuffled: self._encode(backbone, neck, shuffled),
        )
