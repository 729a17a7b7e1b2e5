"""The queue of keys, first in first out (MoCo, section 3.1 of the paper)."""

from __future__ import annotations

import torch
from mmengine.dist import all_gather
from torch import Tensor


@torch.no_grad()
def write_queue(queue: Tensor, pointer: Tensor, keys: Tensor) -> None:
    """Replace the oldest keys by ``keys``, in place, and move the pointer.

    Any batch fits any queue: writing wraps at the end, and of a batch longer
    than the queue the last K keys stay. Nothing is read back from the device.

    Args:
        queue: (D, K) the keys, one a column.
        pointer: (1,) int64, the column to be written next.
        keys: (N, D) the new keys.
    """
    length = queue.size(1)
    columns = pointer + torch.arange(len(keys), device=queue.device)
    queue[:, columns[-length:] % length] = keys[-length:].t().to(queue.dtype)
    pointer.copy_((pointer + len(keys)) % length)


def enqueue(queue: Tensor, pointer: Tensor, *keys: Tensor) -> None:
    """Write the ``keys`` (N, D) of every process, in the order of ranks.

    Several batches of keys are written one after the other.
    """
    for batch in keys:
        write_queue(queue, pointer, torch.cat(all_gather(batch)))
