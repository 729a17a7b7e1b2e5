"""The momentum encoder: a moving average of an online encoder."""

from __future__ import annotations

from math import cos, pi

import torch
from mmengine.logging import MessageHub
from mmengine.model import BaseAveragedModel, ExponentialMovingAverage
from torch import Tensor, nn


class MomentumEncoder(ExponentialMovingAverage):
    """mmengine's average, moved by one call for all tensors.

    It waits for no device: the steps are counted on the host, too, and
    ``state_dict`` has them under mmengine's names. Its first update copies
    the online encoder, as mmengine's does.

    Where gradients are accumulated it moves once an update, in the first of
    the forward passes that share it, and not with every pass.
    ``BufferedRuntimeInfoHook`` tells how many these are; where nobody does,
    every pass is an update.

    Args:
        model: The online encoder; a copy of it becomes ``module``.
        momentum: In mmengine's sense: 0.001 keeps 0.999.
        end_momentum: Where a cosine over the run takes the momentum, as
            mmpretrain's ``CosineEMA`` does; None keeps it.
        copy_buffers: Overwrite the statistics of batch norm with the online
            encoder's at every update, as mmengine does. False is MoCo's way:
            they are those of the keys.
    """

    def __init__(
        self,
        model: nn.Module,
        momentum: float,
        end_momentum: float | None = None,
        copy_buffers: bool = False,
    ):
        super().__init__(model, momentum)
        self.end_momentum = end_momentum
        self.copy_buffers = copy_buffers
        self._steps = 0
        self._tensors: tuple[list[Tensor], list[Tensor]] | None = None

    @classmethod
    def from_average(
        cls, average: ExponentialMovingAverage, copy_buffers: bool
    ) -> MomentumEncoder:
        """Take the place of mmpretrain's average, with a cosine or without."""
        return cls(
            average.module,
            average.momentum,
            getattr(average, 'end_momentum', None),
            copy_buffers,
        )

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Move towards ``model``, always the same one, if it has moved."""
        if self._steps > 0 and not _begins_an_update():
            return
        averages, sources = self._parameters_of(model)
        if self._steps == 0:
            torch._foreach_copy_(averages, sources)
        elif self.end_momentum is None:
            torch._foreach_lerp_(averages, sources, self.momentum)
        else:
            momentum = self._cosine_momentum()
            torch._foreach_mul_(averages, 1 - momentum)
            torch._foreach_add_(averages, sources, alpha=momentum)
        if self.copy_buffers or self._steps == 0:
            for average, source in zip(self.module.buffers(), model.buffers()):
                average.copy_(source)
        self._steps += 1
        self.steps += 1

    def follow(self, model: nn.Module) -> None:
        """Move towards a model's ``backbone`` and ``neck``."""
        self.update_parameters(nn.Sequential(model.backbone, model.neck))

    def _parameters_of(
        self, model: nn.Module
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The tensors of both, looked up once."""
        cached = self._tensors
        if cached is None or cached[1][0] is not next(model.parameters()):
            averages: list[Tensor] = list(self.module.parameters())
            sources: list[Tensor] = list(model.parameters())
            cached = self._tensors = averages, sources
        return cached

    def _cosine_momentum(self) -> float:
        hub = MessageHub.get_current_instance()
        step = self._steps
        if hub.get_info('loop_stage') == 'train':
            step = hub.get_info('iter')
        cosine = (cos(pi * step / float(hub.get_info('max_iters'))) + 1) / 2
        return self.end_momentum - (self.end_momentum - self.momentum) * cosine

    def count_from_buffer(self) -> None:
        """Count on the host from what ``steps`` was set to; this waits."""
        self._steps = int(self.steps)

    def _load_from_state_dict(self, state_dict, prefix, *args) -> None:
        super()._load_from_state_dict(state_dict, prefix, *args)
        self.count_from_buffer()


def _begins_an_update() -> bool:
    """Whether no gradient has been accumulated for the next update yet."""
    hub = MessageHub.get_current_instance()
    counts = hub.get_info('accumulative_counts', 1)
    return counts == 1 or hub.get_info('iter') % counts == 0


def momentum_backbone(model: nn.Module) -> nn.Module | None:
    """The backbone of a model's momentum encoder, whatever its attribute.

    It is what :func:`regioncl_mm.checkpoints.find_backbone` finds in a file.

    Args:
        model: A pretraining model. Its momentum encoder is the child that is
            one of mmengine's averaged models: of a sequence that begins with
            the backbone (as in mmpretrain's algorithms), of a module that has
            a ``backbone``, or of the backbone alone.

    Returns:
        ``None`` if the model has no momentum encoder.

    Raises:
        ValueError: If it has several, or one without a backbone.
    """
    averages = {
        name: child.module
        for name, child in model.named_children()
        if isinstance(child, BaseAveragedModel)
    }
    if not averages:
        return None
    if len(averages) > 1:
        raise ValueError(
            f'{type(model).__name__} has {len(averages)} averaged models, '
            f'{" and ".join(averages)}; which of them is the momentum encoder '
            'is not known'
        )
    ((name, averaged),) = averages.items()
    if hasattr(averaged, 'backbone'):
        return averaged.backbone
    if isinstance(averaged, nn.Sequential):
        return averaged[0]
    if isinstance(averaged, type(model.backbone)):
        return averaged
    raise ValueError(
        f'{type(model).__name__}.{name} averages a '
        f'{type(averaged).__name__}, in which there is no backbone'
    )


def begin_averages(model: nn.Module) -> None:
    """Let the averages in a model begin anew, with the weights they have.

    Weights that a new run starts from may be those at another one's end,
    where a cosine of the momentum would go on.
    """
    for module in model.modules():
        if isinstance(module, BaseAveragedModel):
            # At 0 the first update would copy the online encoder.
            module.steps.clamp_(max=1)
        if isinstance(module, MomentumEncoder):
            module.count_from_buffer()
