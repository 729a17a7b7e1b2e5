"""Contrastive losses as pure functions of unit-length features."""

from .chunked_info_nce import info_nce
from .contrast import Contrast
from .contrastive import contrast_all, contrast_with_queue
from .features import in_float32, match_cells, unit
from .running_softmax import RunningSoftmax

__all__ = [
    'Contrast',
    'RunningSoftmax',
    'contrast_all',
    'contrast_with_queue',
    'in_float32',
    'info_nce',
    'match_cells',
    'unit',
]
