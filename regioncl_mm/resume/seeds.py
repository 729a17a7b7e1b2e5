"""Random numbers that follow from where a run is, not from what came before.

Every step and every sample begins with generators of its own: seeded by the
run's seed, and by the iteration and process, or by the epoch and the place of
the sample in it. So no state has to be saved. A run that was interrupted
draws what the whole one draws, with any number of workers, whatever they had
fetched in advance.
"""

from __future__ import annotations

import random

import numpy as np
import torch
from mmengine.dist import get_rank

_MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """A seed of 64 bits made of whole numbers; their order counts.

    Each goes through the finisher of SplitMix64, so that neighbours become
    unlike each other.
    """
    state = 0
    for number in numbers:
        state = (state + number + 0x9E3779B97F4A7C15) & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state


def seed_host(seed: int) -> None:
    """Seed Python's, NumPy's and torch's generators of the host."""
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)
    # `torch.manual_seed` would queue a call for each device and, in workers,
    # format the stack.
    torch.default_generator.manual_seed(seed)


def run_seed(runner) -> int:
    """The seed that all processes of a run have in common."""
    return runner.seed - _own_rank(runner)


def seed_step(runner, iteration: int) -> None:
    """Seed all generators of this process for a step of the training.

    What processes draw alike they seed with ``step_seed``, which the message
    hub has from here on.
    """
    step_seed = mix(run_seed(runner), iteration)
    runner.message_hub.update_info('step_seed', step_seed)
    seed = mix(step_seed, _own_rank(runner))
    seed_host(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed(seed)


def _own_rank(runner) -> int:
    """The rank, or 0 where all processes are to draw alike."""
    apart = runner._randomness_cfg.get('diff_rank_seed', False)
    return get_rank() if apart else 0
