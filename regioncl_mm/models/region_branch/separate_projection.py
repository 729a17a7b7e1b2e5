"""Regions through the projector by themselves."""

from __future__ import annotations

from typing import Sequence

from torch import Tensor, nn

from ..lean_backbone import lean_backbone
from .region_branch import RegionBranch
from .region_views import RegionViews


def branch_in_this_step(model: nn.Module) -> RegionBranch | None:
    """The region branch, if this step makes composites.

    It is asked once a step.

    Returns:
        None if the model has no branch, or makes no composites in this step.
    """
    branch = model.region_branch
    if branch is None or not branch.cheaper.makes_composites():
        return None
    return branch


def encode_regions(
    model: nn.Module, views: Sequence[Tensor]
) -> list[RegionViews | None]:
    """The projected regions of each view (Algorithm 1, line 3).

    Args:
        model: Has ``backbone``, ``neck`` and ``region_branch``.
        views: Each (N, C, H, W).

    Returns:
        One item a view, not normalised; None where
        :func:`branch_in_this_step` is None.

    Raises:
        ValueError: As :meth:`RegionBranch.forward`.
    """
    branch = branch_in_this_step(model)
    if branch is None:
        return [None] * len(views)
    backbone = lean_backbone(model)
    return [branch(images, backbone, model.neck) for images in views]
