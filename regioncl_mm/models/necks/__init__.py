"""Necks: mask pooling."""

from .region_mask_pool import RegionMaskPool

__all__ = ['RegionMaskPool']
