"""MoBY: MoCo v2 and BYOL in one, for vision transformers.

Xie et al., Self-Supervised Learning with Swin Transformers, arXiv 2105.04553.
"""

from __future__ import annotations

import torch
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn.functional import normalize

from ...losses import unit
from ..momentum import MomentumEncoder, enqueue, without_drop_path
from ..objective import Objective, add_up
from ..region_branch import without_graph
from ..two_views import two_views


@MODELS.register_module()
class MoBY(BaseSelfSupervisor):
    """Contrast with a predictor, a momentum encoder and a queue for each view.

    Both views are query and key once: predictions of view 1 are contrasted
    with the keys of view 2 and their queue, and the other way round, and the
    two losses are added. The online backbone may drop paths that the momentum
    backbone keeps. Nothing is shuffled: the backbone has no batch norm, and
    that of the projectors is synchronised.

    Args:
        backbone: Config of the online backbone.
        neck: Config of the projector.
        head: Config of predictor and loss, a :class:`MoBYHead`.
        target_backbone: What the momentum backbone's config has otherwise;
            None is ``drop_path_rate=0.0``, of a backbone that has it. It must
            not change the names or shapes of its tensors.
        queue_len: Keys in each of the two queues, K.
        feat_dim: Dimension of the embeddings, D.
        base_momentum: The momentum of the momentum encoder at the start, in
            mmengine's sense: 0.01 keeps 0.99. It falls to 0 along a cosine.
        copy_buffers: See :class:`MomentumEncoder`.
        pretrained: A checkpoint to begin from, as in mmpretrain's algorithms.
        data_preprocessor: Config of the data preprocessor, mmpretrain's
            ``SelfSupDataPreprocessor`` unless it says otherwise.
        init_cfg: How to initialise, as in mmengine's modules.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        head: dict,
        target_backbone: dict | None = None,
        queue_len: int = 4096,
        feat_dim: int = 256,
        base_momentum: float = 0.01,
        copy_buffers: bool = False,
        pretrained: str | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ):
        super().__init__(
            backbone=backbone,
            neck=neck,
            head=head,
            pretrained=pretrained,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        if target_backbone is None:
            target = without_drop_path(backbone)
        else:
            target = MODELS.build({**backbone, **target_backbone})
        # Its first update copies the online weights, however initialised.
        self.encoder_k = MomentumEncoder(
            nn.Sequential(target, self.neck),
            base_momentum,
            end_momentum=0.0,
            copy_buffers=copy_buffers,
        )
        self.queue_len = queue_len
        for view in (1, 2):
            queue = normalize(torch.randn(feat_dim, queue_len), dim=0)
            self.register_buffer(f'queue{view}', queue)
            pointer = torch.zeros(1, dtype=torch.long)
            self.register_buffer(f'queue{view}_ptr', pointer)

    def loss(
        self, inputs: list[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """The symmetric contrastive loss.

        Args:
            inputs: Two views, each (N, 3, H, W).
            data_samples: Not used.

        Returns:
            ``loss_instance``.
        """
        view_1, view_2 = two_views(inputs)
        q_1, q_2 = self.encode_queries(view_1), self.encode_queries(view_2)
        self.update_momentum_encoder()
        k_1, k_2 = self.encode_keys(view_1), self.encode_keys(view_2)
        losses = add_up(
            self._against(self.queue2, q_1, k_2),
            self._against(self.queue1, q_2, k_1),
        )
        self.enqueue(k_1, k_2)
        self.observed = without_graph(q_1, k_2, None)
        return losses

    def _against(
        self, queue: Tensor, queries: Tensor, keys: Tensor
    ) -> dict[str, Tensor]:
        """The losses with one view as query."""
        step = Objective(queue)
        step.add_instances(self.head, [queries], [keys])  # Eq. 1
        return step.losses()

    def encode_queries(self, images: Tensor) -> Tensor:
        """Unit-length predictions (N, D) of the online side."""
        return unit(self.head.predictor(self.neck(self.backbone(images)))[0])

    @torch.no_grad()
    def encode_keys(self, images: Tensor) -> Tensor:
        """Unit-length (N, D) keys."""
        return unit(self.encoder_k(images)[0])

    def update_momentum_encoder(self) -> None:
        """Move the momentum encoder towards the online one."""
        self.encoder_k.follow(self)

    def enqueue(self, k_1: Tensor, k_2: Tensor) -> None:
        """Push the keys (N, D) of every process, each view on its queue."""
        enqueue(self.queue1, self.queue1_ptr, k_1)
        enqueue(self.queue2, self.queue2_ptr, k_2)
