"""A training step of RegionCL-M as the released code takes it.

An update of the momentum encoder parameter by parameter, a shuffle of the keys
at any number of processes, and a pointer read from the device: what the
library's step is timed against.
"""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from ..regions import Region
from .plain_steps import losses_m


class AuthorsStep:
    """RegionCL-M as the released code takes a step, with aligned regions.

    Args:
        model: A :class:`~regioncl_mm.models.RegionCLM`, whose modules and
            queue it uses.
        draw: Gives the rectangle and the partners for a batch of images.
    """

    def __init__(
        self,
        model: nn.Module,
        draw: Callable[[Tensor], tuple[Region, Tensor]],
    ):
        self.model, self.draw = model, draw
        self.online = torch.nn.Sequential(model.backbone, model.neck)
        model.encoder_k.module.load_state_dict(self.online.state_dict())

    def loss(self, images: Tensor, key_images: Tensor) -> dict[str, Tensor]:
        """The losses of a step; the queue has the step's keys afterwards."""
        model = self.model
        drawn = self.draw(images)
        with torch.no_grad():
            self.update_momentum_encoder()
            order = torch.randperm(len(key_images), device=key_images.device)
            shuffled = torch.cat([key_images])[order]
            keys = normalize(model.encoder_k.module(shuffled)[0], dim=1)
            keys = torch.cat([keys])[torch.argsort(order)]
        losses = losses_m(model, images, keys, *drawn)
        pointer = int(model.queue_ptr)
        model.queue[:, pointer : pointer + len(keys)] = keys.t()
        model.queue_ptr[0] = (pointer + len(keys)) % model.queue.size(1)
        return losses

    def update_momentum_encoder(self) -> None:
        """Parameter by parameter, each a new tensor."""
        momentum = self.model.encoder_k.momentum
        for average, source in zip(
            self.model.encoder_k.module.parameters(), self.online.parameters()
        ):
            average.data = (
                average.data * (1 - momentum) + source.data * momentum
            )
