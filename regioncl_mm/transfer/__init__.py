"""From a pretraining checkpoint to downstream tasks."""

from .backbone import find_backbone, hash_tensors
from .checkpoint import load_state_dict
from .extract import Extracted, extract_backbone
from .verify import BackboneMismatchError, Verification, verify_backbone

__all__ = [
    'BackboneMismatchError',
    'Extracted',
    'Verification',
    'extract_backbone',
    'find_backbone',
    'hash_tensors',
    'load_state_dict',
    'verify_backbone',
]
