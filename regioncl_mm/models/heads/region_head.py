"""What the region losses share: which region meets which key."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..region_branch import RegionViews


class RegionHead(nn.Module):
    """Pairs canvas and paste with the keys of the images they are from.

    Args:
        use_canvas: Count the canvas term of Eq. 2 (Table 10, "Canvas").
        use_paste: Count the paste term of Eq. 2 (Table 10, "Paste").

    Raises:
        ValueError: If neither term is left.
    """

    def __init__(self, use_canvas: bool = True, use_paste: bool = True):
        super().__init__()
        if not (use_canvas or use_paste):
            raise ValueError(
                'with use_canvas=False and use_paste=False no region is '
                'contrasted; set `region_branch=None` for the base algorithm'
            )
        self.use_canvas = use_canvas
        self.use_paste = use_paste

    def terms(self, views: RegionViews) -> list[tuple[Tensor, Tensor, Tensor]]:
        """The terms in use, each a region, its rival and its image.

        Args:
            views: Canvas and paste (N, D), in composite order.

        Returns:
            Tuples of (N, D) regions, (N, D) other regions of the same
            composites and (N,) indices of the images that the regions are
            from.
        """
        canvas, paste, partner, _ = views
        own = torch.arange(len(partner), device=partner.device)
        terms = []
        if self.use_canvas:
            terms.append((canvas, paste, own))
        if self.use_paste:
            terms.append((paste, canvas, partner))
        return terms
