from .region_contrast_head import RegionContrastHead

__all__ = ['RegionContrastHead']
