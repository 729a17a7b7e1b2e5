"""From a pretraining checkpoint to downstream tasks."""

from ..checkpoints import (
    BackboneMismatchError,
    Extracted,
    Verification,
    extract_backbone,
    find_backbone,
    hash_tensors,
    load_state_dict,
    verify_backbone,
)

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
