"""How an algorithm builds and uses its region branch."""

from __future__ import annotations

from typing import Callable, Sequence

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ..losses import unit
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
    views = branch and branch.encode(images, backbone)
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
    projected = []
    for project in projectors:
        outputs = project(outputs)
        if views is None:
            projected.append((outputs[0], None))
        else:
            instances, *regions = outputs[0].split(rows)
            projected.append((instances, views.replaced(*regions)))
    return projected


def predict_with_regions(
    model: nn.Module, images: Tensor, branch: RegionBranch | None
) -> tuple[Tensor, RegionViews | None]:
    """Queries of a model with a predictor: unit-length instances (N, D), and
    regions, which the region loss normalises."""
    _, (instances, views) = encode_with_regions(
        branch,
        images,
        model.backbone,
        (model.neck, model.head.predictor),
    )
    return unit(instances), views


def due(branch: RegionBranch | None) -> RegionBranch | None:
    """The branch in steps with composites, else None; called once a step."""
    if branch is None or not branch.composites.next_step():
        return None
    return branch


def build_regions(
    region_branch: dict | None, region_head: dict
) -> tuple[nn.Module | None, nn.Module | None]:
    """The region branch and head of an algorithm; neither without a branch."""
    if region_branch is None:
        return None, None
    return (
        MODELS.build({'type': 'RegionBranch', **region_branch}),
        MODELS.build(region_head),
    )


def contrast_like(instance_head: nn.Module, region_head: dict) -> dict:
    """Config of a contrast of regions with temperature and weight of that of
    instances, unless ``region_head`` says otherwise."""
    weight = getattr(instance_head.loss_module, 'loss_weight', 1.0)
    return {
        'type': 'RegionContrastHead',
        'temperature': instance_head.temperature,
        'loss_weight': weight,
        **region_head,
    }
