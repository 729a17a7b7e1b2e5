"""Updates that are passed over, for their numbers are not finite."""

from __future__ import annotations

from typing import Sequence

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

from .state_copy import StateCopy


class SkippedUpdates:
    """Undoes what the steps of a bad update have changed.

    The update itself is not made (:class:`~.gradients.UpdateWatch`).

    Args:
        model: The model, on its device.
        at_most: How many may be undone in all.
    """

    def __init__(self, model: nn.Module, at_most: int):
        self.at_most, self.count = at_most, 0
        self._before = StateCopy(model)

    def take(self) -> None:
        """Copy what the steps of the next update may spoil."""
        self._before.take()

    def undo(self) -> bool:
        """Put back what was copied, unless there were too many before."""
        self.count += 1
        if self.count > self.at_most:
            return False
        self._before.put_back()
        return True


def is_spoilt(numbers: Sequence[Tensor], passed_over: bool) -> bool:
    """Whether what the steps of an update have changed is spoilt.

    Args:
        numbers: Of each step: its losses and, of the last one, the norm of
            the update's gradients at the end.
        passed_over: Whether float16's scaler has made no update. Gradients
            may have but overflowed, and it is for the losses to say; unlike
            gradients these are not the same in all processes.
    """
    *earlier, last = numbers
    if not passed_over:
        return not last[-1].isfinite()
    losses = torch.cat([*earlier, last[:-1]])
    spoilt = losses.isfinite().logical_not().any().float()
    all_reduce(spoilt, 'max')
    return bool(spoilt)
