"""How often a step has the host wait for the GPU."""

from __future__ import annotations

import warnings
from typing import Callable

import torch

# What torch warns of.
WORDS = 'called a synchronizing CUDA operation'


def count_waits(call: Callable[[], object]) -> int:
    """Operations in a call that need a result of the GPU to go on.

    Args:
        call: Works on a GPU; what sets itself up at the first call should
            have done so.
    """
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter('always')
        torch.cuda.set_sync_debug_mode('warn')
        try:
            call()
        finally:
            torch.cuda.set_sync_debug_mode('default')
    return sum(WORDS in str(warning.message) for warning in found)
