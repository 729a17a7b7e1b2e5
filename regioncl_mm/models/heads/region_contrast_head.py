"""The region-level contrastive loss, Eq. 2 of the paper."""

from __future__ import annotations

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import normalize

from ...losses import contrast_with_queue
from ..region_branch import RegionViews


@MODELS.register_module()
class RegionContrastHead(nn.Module):
    """Contrasts canvas and paste with the keys of the images they are from.

    Args:
        temperature: tau. The paper gives one, 0.2, for both its losses.
        use_canvas: Count the canvas term of Eq. 2 (Table 10, "Canvas").
        use_paste: Count the paste term of Eq. 2 (Table 10, "Paste").
        use_intra_negative: Have the other region of the same composite as a
            further negative (Table 10, "Neg").

    Raises:
        ValueError: If neither term is left.
    """

    def __init__(
        self,
        temperature: float = 0.2,
        use_canvas: bool = True,
        use_paste: bool = True,
        use_intra_negative: bool = True,
    ):
        super().__init__()
        if not temperature > 0:
            raise ValueError(
                f'`temperature` must be positive, got {temperature}'
            )
        if not (use_canvas or use_paste):
            raise ValueError(
                'with use_canvas=False and use_paste=False no region is '
                'contrasted; set `region_branch=None` for the base algorithm'
            )
        self.temperature = temperature
        self.use_canvas = use_canvas
        self.use_paste = use_paste
        self.use_intra_negative = use_intra_negative

    def extra_repr(self) -> str:
        return (
            f'temperature={self.temperature}, '
            f'use_canvas={self.use_canvas}, use_paste={self.use_paste}, '
            f'use_intra_negative={self.use_intra_negative}'
        )

    def loss(self, views: RegionViews, keys: Tensor, queue: Tensor) -> Tensor:
        """Eq. 2, the mean over the batch.

        Each term keeps its factor of one half when the other is switched
        off. A rival cut from the same image is not a negative and is left
        out, which happens only without swapping.

        Args:
            views: Canvas and paste (N, D), in composite order.
            keys: (N, D) unit-length keys, row i of image i.
            queue: (D, K) unit-length keys of earlier images.

        Returns:
            A scalar. No gradient reaches keys, queue or rivals.
        """
        canvas, paste = normalize(views.canvas), normalize(views.paste)
        own = torch.arange(len(keys), device=keys.device)
        has_rival = views.partner != own
        terms = []
        if self.use_canvas:
            terms.append((canvas, keys, paste))
        if self.use_paste:
            terms.append((paste, keys[views.partner], canvas))
        return (
            sum(
                contrast_with_queue(
                    anchors,
                    positives,
                    queue,
                    self.temperature,
                    rivals if self.use_intra_negative else None,
                    has_rival,
                )
                for anchors, positives, rivals in terms
            )
            / 2
        )
