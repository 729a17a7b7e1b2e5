"""What there is to compute with."""

from __future__ import annotations

import os
from typing import NamedTuple

import torch

# What launchers, as mmengine calls them, say of a process and of all.
VARIABLES = dict(
    pytorch=('RANK', 'WORLD_SIZE'),
    slurm=('SLURM_PROCID', 'SLURM_NTASKS'),
    mpi=('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'),
)
STARTED_BY = dict(
    pytorch='`bash tools/dist_pretrain.sh FOLDER GPUS`',
    slurm='`srun python tools/pretrain.py`',
    mpi='`mpirun python tools/pretrain.py`',
)


class Machine(NamedTuple):
    """What a process may use.

    Attributes:
        processes: How many train together, on all machines.
        cores: CPU cores of each.
        gpu: The GPU's name, empty if there is none.
        memory: Free bytes of the GPU.
        bfloat16: Whether the GPU computes in it.
    """

    processes: int
    cores: int
    gpu: str = ''
    memory: int = 0
    bfloat16: bool = False

    @property
    def workers(self) -> int:
        """Processes that load pictures, for each one that trains."""
        if self.gpu:
            return max(1, min(8, self.cores - 1))
        # On the CPU they would take the cores that the training needs.
        return 2 if self.cores > 4 else 0


def launched(launcher: str) -> tuple[int, int]:
    """Which process this is, and of how many, before they are connected.

    Raises:
        ValueError: If this launcher has not started the process.
    """
    if launcher not in VARIABLES:
        return 0, 1
    try:
        rank, count = (int(os.environ[x]) for x in VARIABLES[launcher])
    except KeyError as error:
        raise ValueError(
            f'--launcher {launcher}: {error.args[0]} is not set, as it is by '
            f'{STARTED_BY[launcher]}; call that, or leave --launcher out to '
            'train in one process'
        ) from None
    return rank, count


def this_machine(processes: int) -> Machine:
    """Look at the machine, as one of so many processes sees it."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        cores = os.cpu_count() or 1
    # torchrun's; slurm gives each process cores of its own.
    here = int(os.environ.get('LOCAL_WORLD_SIZE', 1))
    cores = max(1, cores // here)
    if not torch.cuda.is_available():
        return Machine(processes, cores)
    return Machine(
        processes,
        cores,
        torch.cuda.get_device_name(),
        torch.cuda.mem_get_info()[0],
        torch.cuda.is_bf16_supported(),
    )
