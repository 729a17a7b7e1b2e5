"""Memory of the steps on a CPU."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from ..utils.host_memory import give_back_freed_memory, keep_freed_memory


@HOOKS.register_module()
class HostMemoryHook(Hook):
    """Has a training on the CPU keep the memory that a step frees.

    Every step needs as much again, and to get it from the system takes a
    tenth of the time of a small network's step. With the model on another
    device nothing is done, and with another C library than glibc.
    """

    def before_train(self, runner) -> None:
        """Keep it from here on."""
        device = next(runner.model.parameters()).device
        self.keeps = device.type == 'cpu' and keep_freed_memory()

    def after_train(self, runner) -> None:
        """Give it back."""
        if self.keeps:
            give_back_freed_memory()
