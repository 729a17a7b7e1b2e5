"""How an algorithm builds its region branch and head."""

from __future__ import annotations

from typing import Any

from mmpretrain.registry import MODELS
from torch import nn

from .region_branch import RegionBranch


def build_regions(
    region_branch: dict | None, region_head: dict
) -> tuple[RegionBranch | None, Any]:
    """The region branch and head of an algorithm; neither without a branch.

    A head is of any type: its algorithm knows what to call it with.
    """
    if region_branch is None:
        return None, None
    return (
        MODELS.build({'type': 'mmpretrain.RegionBranch', **region_branch}),
        MODELS.build(region_head),
    )


def contrast_config(instance_head: nn.Module, region_head: dict) -> dict:
    """Config of a region contrast.

    Args:
        instance_head: Its temperature and loss weight are the defaults, for
            the paper gives one temperature for both losses.
        region_head: What the config says otherwise.
    """
    weight = getattr(instance_head.loss_module, 'loss_weight', 1.0)
    return {
        'type': 'mmpretrain.RegionContrastHead',
        'temperature': instance_head.temperature,
        'loss_weight': weight,
        **region_head,
    }
