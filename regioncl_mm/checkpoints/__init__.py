"""Reading, finding, converting and comparing what checkpoints hold."""

from .export import Exported, export_backbone
from .extract import Extracted, extract_backbone
from .find import find_backbone, hash_tensors
from .read import load_state_dict
from .verify import BackboneMismatchError, Verification, verify_backbone

__all__ = [
    'BackboneMismatchError',
    'Exported',
    'Extracted',
    'Verification',
    'export_backbone',
    'extract_backbone',
    'find_backbone',
    'hash_tensors',
    'load_state_dict',
    'verify_backbone',
]
