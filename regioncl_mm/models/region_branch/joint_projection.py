"""Instances and regions as one batch through the projectors."""

from __future__ import annotations

from typing import Callable, Sequence

import torch
from torch import Tensor, nn

from ...losses import unit
from .region_branch import RegionBranch
from .region_views import RegionViews


def encode_with_regions(
    branch: RegionBranch | None,
    images: Tensor,
    backbone: Callable[[Tensor], tuple],
    projectors: Sequence[Callable[[tuple], tuple]],
) -> list[tuple[Tensor, RegionViews | None]]:
    """Instances and regions, as one batch through each projector in turn.

    Batch norm in the projectors then sees instances and regions together, as
    Figures 5 and 7 of the paper draw it. Without a branch this is the base
    algorithm's own chain.

    Args:
        branch: The region branch, or None.
        images: (N, C, H, W).
        backbone: As in :meth:`RegionBranch.forward`; of the instances it may
            also return one vector each (N, C), such as a class token.
        projectors: Each takes and returns a tuple of one tensor: projector,
            or projector and predictor.

    Returns:
        For each projector the instances (N, D) and the regions, None without
        a branch. Not normalised.
    """
    views = None if branch is None else branch.encode(images, backbone)
    outputs = backbone(images)
    if views is not None:
        instances = outputs[-1]
        instances = (
            instances.mean((2, 3), keepdim=True)
            if instances.dim() == 4
            else instances[..., None, None]
        )
        parts = (instances, views.canvas, views.paste)
        rows = [len(part) for part in parts]
        outputs = (torch.cat(parts),)
    projected: list[tuple[Tensor, RegionViews | None]] = []
    for project in projectors:
        outputs = project(outputs)
        if views is None:
            projected.append((outputs[0], None))
        else:
            instances, *regions = outputs[0].split(rows)
            projected.append((instances, views.replaced(*regions)))
    return projected


def predict_with_regions(
    model: nn.Module, views: Sequence[Tensor]
) -> list[tuple[Tensor, RegionViews | None]]:
    """Queries and regions of each view, by a model with a predictor.

    Args:
        model: Has ``backbone``, ``neck``, ``head.predictor`` and
            ``region_branch``.
        views: Each (N, C, H, W).

    Returns:
        For each view unit-length queries (N, D) and predicted regions, which
        the region loss normalises; None in their place without a branch.
    """
    branch = model.region_branch
    projectors = (model.neck, model.head.predictor)
    found = []
    for images in views:
        _, (queries, regions) = encode_with_regions(
            branch, images, model.backbone, projectors
        )
        found.append((unit(queries), regions))
    return found
