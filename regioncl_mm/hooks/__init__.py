from .check_inputs_hook import CheckInputsHook
from .knn_hook import KNNHook
from .precise_bn_hook import PreciseBatchNormHook
from .region_diagnostics_hook import RegionDiagnosticsHook

__all__ = [
    'CheckInputsHook',
    'KNNHook',
    'PreciseBatchNormHook',
    'RegionDiagnosticsHook',
]
