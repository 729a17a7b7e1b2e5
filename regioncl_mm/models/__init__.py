"""Everything that a model is made of; importing it registers the parts."""

from .classifiers import LinearClassifier
from .heads import MoBYHead, RegionContrastHead, RegionSimilarityHead
from .necks import RegionMaskPool
from .norms import SplitBatchNorm
from .preprocessors import AugmentingDataPreprocessor
from .region_branch import RegionBranch, RegionViews
from .selfsup import (
    MoBY,
    RegionCLD,
    RegionCLM,
    RegionCLM3,
    RegionCLMoBY,
    RegionCLS,
)

__all__ = [
    'AugmentingDataPreprocessor',
    'LinearClassifier',
    'MoBY',
    'MoBYHead',
    'RegionBranch',
    'RegionCLD',
    'RegionCLM',
    'RegionCLM3',
    'RegionCLMoBY',
    'RegionCLS',
    'RegionContrastHead',
    'RegionMaskPool',
    'RegionSimilarityHead',
    'RegionViews',
    'SplitBatchNorm',
]
