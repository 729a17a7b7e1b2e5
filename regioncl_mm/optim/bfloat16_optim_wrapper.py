"""Mixed precision in bfloat16, on GPU and CPU."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import Iterator

import torch
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from mmpretrain.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Runs the forward pass under bfloat16 autocast.

    mmengine's ``AmpOptimWrapper`` asks for an accelerator, and scales losses,
    which bfloat16 with float32's range does not need: nothing here waits for
    the device to tell whether a gradient overflowed. Weights, queue, logits
    and losses stay in float32. A CPU gains where it has bfloat16 instructions
    (avx512_bf16 or amx); without them it loses a lot.

    Takes the arguments of :class:`mmengine.optim.OptimWrapper`.
    """

    _told = False  # what this CPU cannot do

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """The context of a step's forward pass."""
        device = next(model.parameters()).device.type
        if device == 'cpu' and not self._told and not _cpu_has_bfloat16():
            self._told = True
            print_log(
                'this CPU has no bfloat16 instructions: convolutions in '
                'bfloat16 are many times slower here than in float32',
                logger='current',
                level=logging.WARNING,
            )
        with super().optim_context(model):
            with torch.autocast(device, dtype=torch.bfloat16):
                yield


def _cpu_has_bfloat16() -> bool:
    # Asked of oneDNN, which runs the convolutions.
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()
