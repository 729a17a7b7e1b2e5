"""Processes that tests start."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed, multiprocessing


def python(*arguments, **options):
    """Run Python by itself, with one thread.

    Args:
        *arguments: The script and its arguments.
        **options: ``cwd``, and variables of the environment.

    Returns:
        What it said; if it failed, that is what the test fails with.
    """
    cwd = options.pop('cwd', None)
    result = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, 'OMP_NUM_THREADS': '1', **options},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def start(work, folder, count):
    """Run ``work(rank, folder)`` in so many processes, and wait for them.

    They are forked, as the workers of a data loader are; spawned they import
    everything anew. That they do where there is a GPU, whose threads do not
    survive a fork.
    """
    method = 'spawn' if torch.cuda.is_available() else 'fork'
    multiprocessing.start_processes(
        work, (str(folder),), nprocs=count, start_method=method
    )


@contextmanager
def joined(rank, world_size, folder):
    """Within it the process is one of several on gloo; all leave together.

    Args:
        rank: The number of this process.
        world_size: How many there are.
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


def free_port():
    """A port on which nothing listens: two test processes may each start
    launchers at the same time."""
    with socket.socket() as asking:
        asking.bind(('127.0.0.1', 0))
        return asking.getsockname()[1]
