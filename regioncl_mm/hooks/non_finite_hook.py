"""Stops a training whose numbers have become NaN or infinite."""

from __future__ import annotations

import math

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from torch import Tensor

from ..finite import (
    BadRow,
    LateNumbers,
    NonFiniteError,
    SkippedUpdates,
    Step,
    UpdateWatch,
    describe,
    is_spoilt,
    not_finite,
    refuse_not_finite,
    stack_numbers,
)
from ..optim.wrappers import has_one_optimizer, optimizers_of

GRADIENT = 'norm of the gradient'
# A scale for float16 falls from 65536 until nothing overflows: some updates in
# a row say nothing yet.
FLOAT16_UPDATES = 20


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Ends a run at the first loss or gradient that is not finite.

    Every step's losses and the norm of its gradients are looked at, a few
    steps later and without a wait for the device; before a checkpoint is
    written those that are on their way are waited for, and its tensors are
    looked at too, so that the checkpoints before it stay the last ones. The
    step's batch goes to ``non_finite/`` in the work dir.

    Under float16 the scaler of the losses passes over gradients that
    overflow; there only a row of 20 such updates ends the run. Buffers that
    are not finite when the model is made, such as a mask of attention, are
    meant to be so.

    Args:
        max_skipped: So many bad updates in all, before a resume and after
            it, are passed over, with a warning each: weights, running means,
            queue, momentum encoder and what the optimizer keeps are then as
            before the step (with accumulated gradients, before the first step
            of the update, and so they are in a checkpoint that is written
            between a bad step and the update). Each step then waits for the
            device, and copies what is no trained weight. Only of runs with
            one optimizer.

    Raises:
        ValueError: Before training, if there are several optimizers and
            updates are to be skipped.
        NonFiniteError: With the step, its numbers and its images; also if
            the checkpoint of a run that is to go on has such weights.
    """

    priority = 'HIGH'

    def __init__(self, max_skipped: int = 0):
        if max_skipped < 0:
            raise ValueError(
                f'`max_skipped` must not be negative, got {max_skipped}'
            )
        self.max_skipped = max_skipped
        self.skipped: SkippedUpdates | None = None
        self.late = LateNumbers()
        self.watches: dict[str, UpdateWatch] = {}
        self.waiting: list[tuple[Tensor, Step]] = []  # of one update
        self.meant: set[str] = set()  # not to be finite

    def before_run(self, runner) -> None:
        """Note the buffers that are not finite and meant to be so."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        buffers = model.named_buffers(remove_duplicate=False)
        self.meant = set(not_finite(dict(buffers)))

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Refuse to go on from weights that are not finite."""
        tensors = self._looked_at(checkpoint.get('state_dict', {}))
        refuse_not_finite(tensors, 'the checkpoint that was loaded')

    def before_train(self, runner) -> None:
        """Watch the optimizer, or all of them."""
        wrapper = runner.optim_wrapper
        self.single = has_one_optimizer(wrapper)
        self.float16 = hasattr(wrapper, 'loss_scaler')
        self.row = BadRow(FLOAT16_UPDATES if self.float16 else 1)
        skip = self.max_skipped > 0
        if skip:
            self.skipped = SkippedUpdates(runner, self.max_skipped)
        self.watches = {
            f'{GRADIENT} of {name}' if name else GRADIENT: UpdateWatch(x, skip)
            for name, x in optimizers_of(wrapper).items()
        }

    def before_train_iter(
        self, runner, batch_idx: int, data_batch=None
    ) -> None:
        """Copy what a bad step would spoil, where it may be skipped."""
        if self.skipped and not self.waiting:
            self.skipped.take()

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Send the step's numbers on their way, and read earlier ones."""
        numbers = {
            name: value
            for name, value in (outputs or {}).items()
            if 'loss' in name and isinstance(value, Tensor)
        }
        if not numbers:
            return
        updated = not self.single or runner.optim_wrapper.should_update()
        norms = {name: watch.take() for name, watch in self.watches.items()}
        taken = {k: norm for k, norm in norms.items() if norm is not None}
        passed_over = self.float16 and updated and not taken
        if passed_over:  # by the scaler
            taken[GRADIENT] = torch.full((), math.inf)
        numbers.update(taken)
        # Without a scaler the first bad step is enough.
        last = updated or not self.float16
        step = Step(runner.iter + 1, list(numbers), data_batch, last)
        self.waiting.append((stack_numbers(list(numbers.values())), step))
        if self.skipped and not updated:
            return
        values = [values for values, _ in self.waiting]
        if self.skipped and taken and is_spoilt(values, passed_over):
            self._skip(runner, self.skipped)
        for sent in self.waiting:
            self.late.send(*sent)
        self.waiting = []
        self._look(runner)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Save nothing that has gone wrong, or is about to be undone."""
        self._look(runner, everything=True)
        state = checkpoint['state_dict']
        # Of processes whose losses are good the state may be bad.
        if self.skipped and self.waiting:
            if self._bad_steps() or not_finite(self._looked_at(state)):
                self.skipped.put_into(state)
        refuse_not_finite(self._looked_at(state), 'nothing was saved')

    def after_train_epoch(self, runner) -> None:
        """Look at the last steps before hooks make room for a checkpoint."""
        self._look(runner, everything=True)

    def after_train(self, runner) -> None:
        """Look at the last steps."""
        self._look(runner, everything=True)
        for watch in self.watches.values():
            watch.remove()

    def _looked_at(self, tensors: dict) -> dict:
        return {k: v for k, v in tensors.items() if k not in self.meant}

    def _bad_steps(self) -> list[tuple[Tensor, Step]]:
        """Those that have gone wrong and wait for their update."""
        return [x for x in self.waiting if not x[0].isfinite().all()]

    def _look(self, runner, everything: bool = False) -> None:
        for values, step in self.late.read(everything):
            first = self.row.add(values, step, step.last)
            if first:
                self._stop(runner, *first)

    def _skip(self, runner, skipped: SkippedUpdates) -> None:
        """Undo an update that was not made, or end the run."""
        values, step = self._bad_steps()[0]  # the last one, if no other
        if not skipped.undo():
            self._stop(runner, values.tolist(), step)
        runner.logger.warning(
            f'{describe(step, values.tolist(), runner.work_dir)}. This update '
            f'was skipped, {skipped.count} of at most {self.max_skipped}'
        )
        self.waiting = []

    def _stop(self, runner, values: list, step: Step) -> None:
        message = (
            f'{describe(step, values, runner.work_dir)}. Nothing was saved '
            'since; the checkpoints in the work dir are from before. If the '
            'rate is too high, lower `optim_wrapper.optimizer.lr`, warm it '
            'up, or set `optim_wrapper.clip_grad=dict(max_norm=1.0)`; '
            '`max_skipped` of NonFiniteHook passes over single steps'
        )
        runner.logger.error(message)
        raise NonFiniteError(message)
