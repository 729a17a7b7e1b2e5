"""Updates that are passed over, for their numbers are not finite."""

from __future__ import annotations

from typing import Sequence

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import EMAHook
from mmengine.model import is_model_wrapper
from torch import Tensor

from ..optim.wrappers import has_one_optimizer, optimizers_of
from .state_copy import StateCopy

COUNT = 'skipped_updates'  # in the message hub, and so in checkpoints


class SkippedUpdates:
    """Undoes what the steps of a bad update have changed.

    The update itself is not made (:class:`~.gradients.UpdateWatch`).

    Args:
        runner: Before its first step. Of one that was resumed those count,
            too, that were undone before.
        at_most: How many may be undone in all.

    Raises:
        ValueError: If there are several optimizers.
    """

    def __init__(self, runner, at_most: int):
        wrapper = runner.optim_wrapper
        if not has_one_optimizer(wrapper):
            names = list(optimizers_of(wrapper))
            raise ValueError(
                '`max_skipped` of NonFiniteHook is for runs with one '
                f'optimizer, and this one has {len(names)} '
                f'({", ".join(names)}), of which others may have made '
                'their update already; leave it out'
            )
        self.at_most, self._hub = at_most, runner.message_hub
        # The hub of a new run may be that of another one of its name.
        self._set(self._hub.runtime_info.get(COUNT, 0) if runner.iter else 0)
        model = runner.model
        self._before = StateCopy(
            model.module if is_model_wrapper(model) else model
        )
        # They follow the model's buffers at every step.
        self._averages = [
            StateCopy(hook.ema_model)
            for hook in runner.hooks
            if isinstance(hook, EMAHook)
        ]

    def take(self) -> None:
        """Copy what the steps of the next update may spoil."""
        for copy in (self._before, *self._averages):
            copy.take()

    def undo(self) -> bool:
        """Put back what was copied, unless there were too many before."""
        self._set(self.count + 1)
        if self.count > self.at_most:
            return False
        for copy in (self._before, *self._averages):
            copy.put_back()
        return True

    def put_into(self, state: dict[str, Tensor]) -> None:
        """Have a state dict of the model hold what was copied.

        EMAHook's averages, which it saves in the place of the model, are put
        back themselves: at the end of the update they would be, too.
        """
        self._before.put_into(state)
        for average in self._averages:
            average.put_back()

    def _set(self, count: int) -> None:
        self.count = count
        self._hub.update_info(COUNT, count)


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
