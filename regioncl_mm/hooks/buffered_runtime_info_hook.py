"""Losses on their way to the log, without a wait at every step."""

from __future__ import annotations

from typing import Any, Callable

from mmengine.hooks import RuntimeInfoHook
from mmpretrain.registry import HOOKS
from torch import Tensor

from ..finite import stack_numbers
from .logged_steps import is_logged


@HOOKS.register_module()
class BufferedRuntimeInfoHook(RuntimeInfoHook):
    """mmengine's ``RuntimeInfoHook``, reading losses when they are logged.

    mmengine's asks the device for each loss of each step and waits for the
    answer, so that the host cannot prepare the next step meanwhile. Here the
    losses of all steps since the last one logged arrive together. The log and
    the checkpoint's history hold the same numbers.

    The norm of clipped gradients, which mmengine's wrapper of the optimizer
    asks for in every update, arrives with them.

    It also tells over how many iterations gradients are accumulated, which
    is when momentum encoders move.

    Args:
        max_history: How many of the last values of each figure are kept, and
            saved with every checkpoint; an epoch's at least. mmengine keeps a
            million and copies them all at every step, which then takes longer
            the longer a run is.
    """

    def __init__(self, max_history: int = 10000):
        self.max_history = max_history
        self._clipping = _Clipping(None)

    def before_train(self, runner) -> None:
        """Begin with no losses waiting."""
        super().before_train(runner)
        self._waiting: list[dict] = []
        self._clipping = _Clipping(runner.optim_wrapper)
        self._kept = max(self.max_history, len(runner.train_dataloader))
        counts = getattr(runner.optim_wrapper, '_accumulative_counts', 1)
        runner.message_hub.update_info('accumulative_counts', counts)

    def after_train(self, runner) -> None:
        """What comes after the run accumulates nothing."""
        super().after_train(runner)
        self._clipping.end()
        runner.message_hub.pop_info('accumulative_counts')

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Keep the losses, and hand them over in a step that is logged."""
        # Without their graphs, which would stay until the next log.
        self._waiting.append(
            {
                key: value.detach() if isinstance(value, Tensor) else value
                for key, value in (outputs or {}).items()
            }
        )
        self._waiting += self._clipping.take()
        last = self.end_of_epoch(runner.train_dataloader, batch_idx)
        if last or is_logged(runner, batch_idx):
            self._hand_over(runner)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Hand over what waits, so that the checkpoint has it."""
        if getattr(self, '_waiting', None):
            self._hand_over(runner)
            checkpoint['message_hub'] = runner.message_hub.state_dict()

    def _hand_over(self, runner) -> None:
        for history in runner.message_hub.log_scalars.values():
            history.max_length = self._kept
        entries = [
            (key, value)
            for outputs in self._waiting
            for key, value in outputs.items()
        ]
        self._waiting = []
        tensors = [v for _, v in entries if isinstance(v, Tensor)]
        if tensors:
            # One transfer for all.
            numbers = iter(stack_numbers(tensors).tolist())
        for key, value in entries:
            if isinstance(value, Tensor):
                value = next(numbers)
            runner.message_hub.update_scalar(f'train/{key}', value)


class _Clipping:
    """Keeps the norms of gradients that a wrapper's clipping returns.

    Args:
        wrapper: One of mmengine's, or several; those without clipping, and
            several, are left alone.
    """

    def __init__(self, wrapper: Any):
        self.norms: list[dict] = []
        self.wrapper = wrapper
        self.clip: Callable | None = getattr(wrapper, 'clip_func', None)
        if self.clip is not None:
            # A wrapper that gets no norm logs none.
            wrapper.clip_func = self._clip_and_keep

    def _clip_and_keep(self, *arguments: Any, **options: Any) -> None:
        assert self.clip is not None
        norm = self.clip(*arguments, **options)
        if norm is not None:
            self.norms.append({self.wrapper.grad_name: norm})

    def take(self) -> list[dict]:
        """The norms since they were last taken, by their names in the log."""
        norms, self.norms = self.norms, []
        return norms

    def end(self) -> None:
        """Clip as before."""
        if self.clip is not None:
            self.wrapper.clip_func = self.clip
