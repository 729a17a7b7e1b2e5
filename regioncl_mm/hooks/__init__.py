"""Hooks of the runner, one a file."""

from .atomic_checkpoint_hook import AtomicCheckpointHook
from .buffered_runtime_info_hook import BufferedRuntimeInfoHook
from .channels_last_hook import ChannelsLastHook
from .check_classifier_hook import CheckClassifierHook
from .check_inputs_hook import CheckInputsHook
from .check_rate_hook import CheckRateHook
from .collapse_hook import CollapseHook
from .compile_backbone_hook import CompileBackboneHook
from .host_memory_hook import HostMemoryHook
from .knn_hook import KNNHook
from .non_finite_hook import NonFiniteHook
from .precise_bn_hook import PreciseBatchNormHook
from .preemption_hook import PreemptionHook
from .rank_watch_hook import RankWatchHook
from .region_diagnostics_hook import RegionDiagnosticsHook
from .resume_hook import ResumeHook
from .skipped_images_hook import SkippedImagesHook
from .verify_backbone_hook import VerifyBackboneHook

__all__ = [
    'AtomicCheckpointHook',
    'BufferedRuntimeInfoHook',
    'ChannelsLastHook',
    'CheckClassifierHook',
    'CheckInputsHook',
    'CheckRateHook',
    'CollapseHook',
    'CompileBackboneHook',
    'HostMemoryHook',
    'KNNHook',
    'NonFiniteHook',
    'PreciseBatchNormHook',
    'PreemptionHook',
    'RankWatchHook',
    'RegionDiagnosticsHook',
    'ResumeHook',
    'SkippedImagesHook',
    'VerifyBackboneHook',
]
