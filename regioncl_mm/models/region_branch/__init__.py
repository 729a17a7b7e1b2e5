"""Composites, encoded, pooled by their regions and projected."""

from .build import build_regions, contrast_config
from .joint_projection import encode_with_regions, predict_with_regions
from .region_branch import RegionBranch
from .region_views import RegionViews, without_graph
from .separate_projection import encode_regions

__all__ = [
    'RegionBranch',
    'RegionViews',
    'build_regions',
    'contrast_config',
    'encode_regions',
    'encode_with_regions',
    'predict_with_regions',
    'without_graph',
]
