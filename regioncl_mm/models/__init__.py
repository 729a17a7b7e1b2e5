from .heads import RegionContrastHead
from .necks import RegionMaskPool
from .region_branch import RegionBranch, RegionViews
from .selfsup import RegionCLM

__all__ = [
    'RegionBranch',
    'RegionCLM',
    'RegionContrastHead',
    'RegionMaskPool',
    'RegionViews',
]
