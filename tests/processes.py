"""Processes that tests start join one another on gloo."""

from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed


@contextmanager
def joined(rank, world_size, folder):
    """Within it the process is one of several; all leave together.

    Args:
        rank: Of this process.
        world_size: Of how many.
        folder: An empty one, where they find each other.
    """
    torch.set_num_threads(1)
    distributed.init_process_group(
        'gloo',
        init_method=f'file://{folder}/rendezvous',
        rank=rank,
        world_size=world_size,
        timeout=timedelta(minutes=5),
    )
    yield
    distributed.barrier()
    distributed.destroy_process_group()
