"""Random numbers that leave no trace."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import Iterator

import numpy as np
import torch


@contextmanager
def random_states_restored() -> Iterator[None]:
    """Restore the random states of torch, NumPy and Python at the end."""
    states = random.getstate(), np.random.get_state()
    cuda = torch.cuda.is_available()
    devices = [torch.cuda.current_device()] if cuda else []
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
