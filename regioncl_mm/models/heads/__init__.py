"""Heads: the losses of regions, and the predictor of MoBY."""

from .moby_head import MoBYHead
from .region_contrast_head import RegionContrastHead
from .region_similarity_head import RegionSimilarityHead

__all__ = ['MoBYHead', 'RegionContrastHead', 'RegionSimilarityHead']
