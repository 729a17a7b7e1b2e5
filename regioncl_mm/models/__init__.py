"""Everything that a model is made of; importing it registers the parts."""

from .classifiers import LinearClassifier
from .heads import MoBYHead, RegionContrastHead, RegionSimilarityHead
from .momentum import MomentumEncoder, encode_shuffled, enqueue
from .necks import RegionMaskPool
from .norms import SplitBatchNorm
from .objective import Objective
from .preprocessors import AugmentingDataPreprocessor
from .region_branch import (
    RegionBranch,
    RegionViews,
    build_regions,
    contrast_config,
    encode_regions,
    encode_with_regions,
    predict_with_regions,
    without_graph,
)
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
from .two_views import two_views

__all__ = [
    'AugmentingDataPreprocessor',
    'LinearClassifier',
    'MoBY',
    'MoBYHead',
    'MomentumEncoder',
    'Objective',
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
    'build_regions',
    'contrast_config',
    'encode_regions',
    'encode_shuffled',
    'encode_with_regions',
    'enqueue',
    'predict_with_regions',
    'two_views',
    'without_graph',
]
