"""Everything that a model is made of; importing it registers the parts."""

from .classifiers import LinearClassifier
from .heads import MoBYHead, RegionContrastHead, RegionSimilarityHead
from .necks import RegionMaskPool
from .norms import SplitBatchNorm
from .preprocessors import AugmentingDataPreprocessor
from .region_branch import RegionBranch, RegionViews
from .selfsup import (
    MoBY,
    RegionCLBarlow,
    RegionCLBYOL,
    RegionCLD,
    RegionCLM,
    RegionCLM3,
    RegionCLMoBY,
    RegionCLS,
    RegionCLSimCLR,
)

__all__ = [
    'AugmentingDataPreprocessor',
    'LinearClassifier',
    'MoBY',
    'MoBYHead',
    'RegionBranch',
    'RegionCLBYOL',
    'RegionCLBarlow',
    'RegionCLD',
    'RegionCLM',
    'RegionCLM3',
    'RegionCLMoBY',
    'RegionCLS',
    'RegionCLSimCLR',
    'RegionContrastHead',
    'RegionMaskPool',
    'RegionSimilarityHead',
    'RegionViews',
    'SplitBatchNorm',
]
