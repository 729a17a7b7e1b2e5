"""A training with this or another version of the library, step by step.

Started as a script and not imported from the package, so that ``regioncl_mm``
is the one of ``PYTHONPATH``.
"""

from __future__ import annotations

import json
import os
import sys
import time

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner


class Turns:
    """Takes steps when it is told to, and tells how long they took.

    What is read is a number of steps, a line each time; what is written is
    ``ready`` after the first step, which is not counted, and then seconds.
    """

    def __init__(self) -> None:
        self.answers = os.fdopen(os.dup(1), 'w', buffering=1)
        os.dup2(2, 1)  # what others print is no answer
        self.left = 0
        self.start = 0.0

    def after_step(self) -> None:
        """To be called after each step; waits when it was the last."""
        self.left -= 1
        if self.left > 0:
            return
        seconds = time.perf_counter() - self.start
        print(seconds if self.start else 'ready', file=self.answers)
        told = sys.stdin.readline()
        if not told:
            os._exit(0)  # in the middle of a training
        self.left, self.start = int(told), time.perf_counter()


class _TurnsHook(Hook):
    priority = 'LOWEST'

    def __init__(self) -> None:
        self.turns = Turns()

    def after_train_iter(self, *_, **__) -> None:
        self.turns.after_step()


def main(config: str, changes: str) -> None:
    """Train a config.

    Args:
        config: Its path.
        changes: What is changed in it, as JSON.
    """
    hook = _TurnsHook()
    torch.set_num_threads(int(os.environ['OMP_NUM_THREADS']))
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(json.loads(changes))
    cfg.custom_hooks = [h for h in cfg.custom_hooks if h['type'] != 'KNNHook']
    cfg.visualizer = None
    runner = Runner.from_cfg(cfg)
    runner.register_hook(hook)
    runner.train()


if __name__ == '__main__':
    main(*sys.argv[1:])
