"""Convolutions in the memory layout that hardware prefers."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmpretrain.registry import HOOKS
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.hooks import RemovableHandle


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Trains with weights, and so feature maps, stored channels last.

    Batches leave the data preprocessor in the same layout, and gradients come
    to the backbone in it, so that nothing is rearranged between image and
    loss. Values do not change but for the order of sums; checkpoints are read
    with and without it.

    Raises:
        ValueError: Before training, if the model is on the CPU and has a
            convolution with which torch writes beyond its memory there.
    """

    # Before hooks that look at the model.
    priority = 'HIGHEST'

    def before_train(self, runner) -> None:
        """Rearrange the weights, and every batch from here on.

        Not earlier, for weights are drawn in the order in which they lie.
        """
        model = runner.model
        _refuse_overflow(model)
        model.to(memory_format=torch.channels_last)
        _state_channels_last(runner.optim_wrapper)
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
        self.handles = [
            model.data_preprocessor.register_forward_hook(
                lambda module, arguments, output: dict(
                    output, inputs=_channels_last(output['inputs'])
                )
            )
        ]
        if hasattr(model, 'backbone'):
            self.handles.append(gradients_channels_last(model.backbone))

    def after_train(self, runner) -> None:
        """Leave later batches as they are."""
        for handle in self.handles:
            handle.remove()


def _state_channels_last(optim_wrapper: OptimWrapper) -> None:
    """Store what an optimizer holds of each weight, from a checkpoint, as the
    weight is; torch's fused ones for a CPU look at no stride."""
    if isinstance(optim_wrapper, OptimWrapperDict):
        wrappers = list(optim_wrapper.values())
    else:
        wrappers = [optim_wrapper]
    for wrapper in wrappers:
        for weight, state in wrapper.optimizer.state.items():
            for name, value in state.items():
                if (
                    isinstance(value, Tensor)
                    and value.dim() == 4
                    and value.shape == weight.shape
                ):
                    state[name] = _channels_last(value)


def gradients_channels_last(backbone: nn.Module) -> RemovableHandle:
    """Have gradients of the maps that a backbone returns come channels last.

    Pooling hands them down channel by channel, and a CPU's ReLU then takes
    20 times as long for its own.

    Returns:
        What takes it back.
    """
    return backbone.register_forward_hook(_watch_gradients)


def _watch_gradients(module, arguments, output) -> None:
    maps = output if isinstance(output, (tuple, list)) else [output]
    for features in maps:
        if (
            isinstance(features, Tensor)
            and features.dim() == 4
            and features.requires_grad
        ):
            features.register_hook(_channels_last)


def _channels_last(inputs: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    if isinstance(inputs, Tensor):
        return inputs.contiguous(memory_format=torch.channels_last)
    return [x.contiguous(memory_format=torch.channels_last) for x in inputs]


def _refuse_overflow(model: nn.Module) -> None:
    """Raise if a gradient would be written where other things are.

    torch 2.1 to 2.14 do so on CPUs with AVX2, in this layout, for 1x1
    convolutions with a stride and fewer than eight input channels.
    """
    for name, layer in model.named_modules():
        if (
            isinstance(layer, nn.Conv2d)
            and layer.weight.device.type == 'cpu'
            and set(layer.kernel_size) == {1}
            and max(layer.stride) > 1
            and 1 < layer.in_channels < 8
        ):
            raise ValueError(
                f'`{name}` has {layer.in_channels} input channels, and with '
                'weights stored channels last torch overwrites memory in the '
                'backward pass of such a convolution (1x1, with a stride) on '
                'CPUs. Give it 8 or more (`model.backbone.base_channels`), or '
                'take ChannelsLastHook out of `custom_hooks`'
            )
