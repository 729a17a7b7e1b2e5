"""What a step changes beside the trained weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class StateCopy:
    """A copy of a model's buffers and of the parameters that no gradient
    trains, such as running means, a queue and a momentum encoder.

    Modules that count on the host what a buffer counts, as a momentum
    encoder does, have a ``count_from_buffer``, which is called when they are
    put back.

    Args:
        model: The model, on its device.
    """

    def __init__(self, model: nn.Module):
        self._model = model
        self._state = [
            *model.buffers(),
            *(p for p in model.parameters() if not p.requires_grad),
        ]
        self._copies = [torch.empty_like(tensor) for tensor in self._state]
        self._counting: list[Any] = [
            module
            for module in model.modules()
            if hasattr(module, 'count_from_buffer')
        ]

    @torch.no_grad()
    def take(self) -> None:
        """Copy what is there now."""
        for copy, tensor in zip(self._copies, self._state):
            copy.copy_(tensor)

    @torch.no_grad()
    def put_back(self) -> None:
        """Have the model hold what was copied last."""
        for copy, tensor in zip(self._copies, self._state):
            tensor.copy_(copy)
        for module in self._counting:
            module.count_from_buffer()

    def put_into(self, state: dict[str, Tensor]) -> None:
        """Have a state dict hold what was copied last.

        Args:
            state: Of the model, on the host.
        """
        copies = dict(zip(map(id, self._state), self._copies))
        # By identity, for a module may have several names.
        named = self._model.state_dict(keep_vars=True).items()
        for name, tensor in named:
            if id(tensor) in copies:
                state[name] = copies[id(tensor)].cpu()
