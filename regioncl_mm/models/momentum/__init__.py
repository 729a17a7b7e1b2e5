"""The momentum encoder, its backbone, the shuffle of its batches, and the
queue of keys."""

from .encoder import MomentumEncoder, begin_averages, momentum_backbone
from .queue import enqueue, write_queue
from .shuffle import encode_shuffled
from .target_backbone import without_drop_path

__all__ = [
    'MomentumEncoder',
    'begin_averages',
    'encode_shuffled',
    'enqueue',
    'momentum_backbone',
    'without_drop_path',
    'write_queue',
]
