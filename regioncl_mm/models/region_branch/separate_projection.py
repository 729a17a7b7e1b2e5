"""Regions through the projector by themselves."""

from __future__ import annotations

from typing import Sequence

from torch import Tensor, nn

from ..lean_backbone import lean_backbone
from .region_views import RegionViews


def encode_regions(
    model: nn.Module, views: Sequence[Tensor]
) -> list[RegionViews | None]:
    """The projected regions of each view (Algorithm 1, line 3).

    Args:
        model: Has ``backbone``, ``neck`` and ``region_branch``.
        views: Each (N, C, H, W).

    Returns:
        One item a view, not normalised; None without a branch.

    Raises:
        ValueError: As :meth:`RegionBranch.forward`.
    """
    branch = model.region_branch
    if branch is None:
        return [None] * len(views)
    backbone = lean_backbone(model)
    return [branch(images, backbone, model.neck) for images in views]
