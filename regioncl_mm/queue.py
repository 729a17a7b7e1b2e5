"""The queue of keys, by its public name; it lives in ``models.momentum``."""

from .models.momentum.queue import enqueue, write_queue

__all__ = ['enqueue', 'write_queue']
