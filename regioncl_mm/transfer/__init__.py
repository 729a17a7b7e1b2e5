"""From a pretraining checkpoint to downstream tasks."""

from .backbone import find_backbone, hash_tensors
from .checkpoint import load_state_dict
from .extract import Extracted, extract_backbone

__all__ = [
    'Extracted',
    'extract_backbone',
    'find_backbone',
    'hash_tensors',
    'load_state_dict',
]
