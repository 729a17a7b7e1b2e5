"""The queue of keys; it lives in :mod:`regioncl_mm.models.momentum.queue`."""

from .models.momentum.queue import enqueue, write_queue

__all__ = ['enqueue', 'write_queue']
