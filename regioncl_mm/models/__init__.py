from .augmenting_data_preprocessor import AugmentingDataPreprocessor
from .classifiers import LinearClassifier
from .heads import MoBYHead, RegionContrastHead, RegionSimilarityHead
from .necks import RegionMaskPool
from .norms import SplitBatchNorm
from .region_branch import RegionBranch
from .region_views import RegionViews
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
