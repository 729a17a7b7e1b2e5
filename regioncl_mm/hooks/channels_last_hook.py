"""Convolutions in the memory layout that hardware prefers."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpretrain.registry import HOOKS
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Trains with weights, and so feature maps, stored channels last.

    Batches leave the data preprocessor in the same layout, so that nothing is
    rearranged between image and loss. Values do not change but for the order
    of sums; checkpoints are read with and without it.
    """

    # Before hooks that look at the model.
    priority = 'HIGHEST'

    def before_train(self, runner) -> None:
        """Rearrange the weights, and every batch from here on.

        Not earlier, for weights are drawn in the order in which they lie.
        """
        model = runner.model
        model.to(memory_format=torch.channels_last)
        if isinstance(model, DistributedDataParallel):
            # It has laid its buffers for gradients out as the weights were.
            # The old one goes first, and its hooks on the weights with it.
            runner.model = None
            model = model.module
            runner.model = runner.wrap_model(
                runner.cfg.get('model_wrapper_cfg'), model
            )
            runner._maybe_compile('train_step')
        elif is_model_wrapper(model):
            model = model.module
        self.handle = model.data_preprocessor.register_forward_hook(
            lambda module, arguments, output: dict(
                output, inputs=_channels_last(output['inputs'])
            )
        )

    def after_train(self, runner) -> None:
        """Leave later batches as they are."""
        self.handle.remove()


def _channels_last(inputs: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    if isinstance(inputs, Tensor):
        return inputs.contiguous(memory_format=torch.channels_last)
    return [x.contiguous(memory_format=torch.channels_last) for x in inputs]
