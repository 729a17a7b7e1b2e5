"""The momentum encoder, the shuffle of its batches, and the queue of keys."""

from .encoder import MomentumEncoder, begin_averages, momentum_backbone
from .queue import enqueue, write_queue
from .shuffle import encode_shuffled

__all__ = [
    'MomentumEncoder',
    'begin_averages',
    'encode_shuffled',
    'enqueue',
    'momentum_backbone',
    'write_queue',
]
