from .check_inputs_hook import CheckInputsHook
from .knn_hook import KNNHook
from .region_diagnostics_hook import RegionDiagnosticsHook

__all__ = ['CheckInputsHook', 'KNNHook', 'RegionDiagnosticsHook']
