"""Numbers on their way from the device, read when they have arrived."""

from __future__ import annotations

from collections import deque
from typing import Any, Iterator, NamedTuple

import torch
from torch import Tensor

# A host that runs ahead of its device is rarely so many steps ahead: whatever
# was sent so long ago has arrived, and reading it does not wait.
STEPS_LATE = 3


class _Sent(NamedTuple):
    values: Tensor
    arrived: Any  # a CUDA event; None where the values are at hand
    about: Any


class LateNumbers:
    """Numbers of the last steps, read some steps later without a wait.

    On a CPU they are read at once.
    """

    def __init__(self) -> None:
        self._sent: deque[_Sent] = deque()

    def send(self, values: Tensor, about: Any) -> None:
        """Send a step's numbers (n,) on their way.

        Args:
            values: On any device.
            about: What is handed out with them, kept until then.
        """
        arrived = None
        if values.is_cuda:
            host = torch.empty_like(values, device='cpu', pin_memory=True)
            values = host.copy_(values, non_blocking=True)
            arrived = torch.cuda.Event()
            arrived.record()
        self._sent.append(_Sent(values, arrived, about))

    def read(self, everything: bool = False) -> Iterator[tuple[list, Any]]:
        """The numbers of each step that have arrived, the oldest first.

        Args:
            everything: Also wait for those that have not.
        """
        while self._sent:
            on_device = self._sent[0].arrived is not None
            if on_device and not everything and len(self._sent) <= STEPS_LATE:
                return
            sent = self._sent.popleft()
            if on_device:
                sent.arrived.synchronize()
            yield sent.values.tolist(), sent.about
