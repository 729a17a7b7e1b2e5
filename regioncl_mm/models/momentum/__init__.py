"""The momentum encoder, the shuffle of its batches, and the queue of keys."""

from .encoder import MomentumEncoder, momentum_backbone
from .queue import enqueue, write_queue
from .shuffle import encode_shuffled

__all__ = [
    'MomentumEncoder',
    'encode_shuffled',
    'enqueue',
    'momentum_backbone',
    'write_queue',
]
