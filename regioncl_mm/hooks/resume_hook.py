"""Checkpoints that a run goes on from exactly, or is told why not."""

from __future__ import annotations

from typing import Any, Sequence

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS

from ..models.momentum import begin_averages
from ..optim.wrappers import has_one_optimizer
from ..resume.conditions import conditions_of
from ..resume.differences import REFUSED, find_differences, refuse
from ..resume.gradients import (
    can_be_put_back,
    filled_steps,
    gather_before_saving,
    put_back,
)
from ..resume.other_model import begin_anew
from ..resume.translate import content_of_old, keep_ways, translate


@HOOKS.register_module()
class ResumeHook(Hook):
    """Keeps what decides a run in its checkpoints, and compares at a resume.

    Together with :class:`~regioncl_mm.resume.ResumableEpochBasedTrainLoop` a
    run that is resumed ends with the same bits as one that was never
    interrupted. If conditions have changed:

    - Another batch, number of processes, length, schedule or rate is taken:
      the place in the run stays, in epochs, and schedules and momentum are
      where a whole run of the new conditions has them there. A line says so.
    - Another model, optimizer or data set is refused, unless it is accepted.

    Args:
        accept: Differences to be accepted: ``model``, ``optimizer``,
            ``data``; one, several with commas, or a list.

    Raises:
        ValueError: If one is unknown; and before training, if the run
            differs from the checkpoint's in what is not accepted.
    """

    # Before `EMAHook`, which loads its share of a checkpoint by itself.
    priority = 'ABOVE_NORMAL'

    def __init__(self, accept: str | Sequence[str] = ()):
        accepted = accept.split(',') if isinstance(accept, str) else accept
        self.accepted = {name.strip() for name in accepted} - {''}
        unknown = self.accepted - set(REFUSED)
        if unknown:
            raise ValueError(
                f'`accept` takes {", ".join(REFUSED)}; it has '
                f'{", ".join(sorted(unknown))}'
            )
        self._conditions: dict[str, Any] = {}
        self._saved_gradients: list = []
        self._to_put_back: list = []

    def before_run(self, runner) -> None:
        """See to it that gradients of all processes are collected."""
        accumulates = getattr(runner.optim_wrapper, '_accumulative_counts', 1)
        if accumulates > 1:
            gather_before_saving(runner, self._keep)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Add what decides the run, and the gradients of half a window."""
        checkpoint['resume'] = dict(
            conditions=self._conditions_of(runner),
            gradients=self._saved_gradients,
        )
        self._saved_gradients = []

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Compare with the checkpoint, and make it one of this run."""
        wrapper, model = runner.optim_wrapper, runner.model
        # Conditions are those of one optimizer.
        if not runner._resume or not has_one_optimizer(wrapper):
            return
        model = model.module if is_model_wrapper(model) else model
        now = self._conditions_of(runner)
        if 'resume' not in checkpoint:
            checkpoint['resume'] = content_of_old(checkpoint, now)
            runner.logger.warning(
                'the checkpoint does not say what decided its run: other '
                'batches, schedules or data are not noticed, and random '
                'numbers are not those of the whole run'
            )
        content = checkpoint['resume']
        found = find_differences(
            checkpoint, now, model, wrapper.optimizer.param_groups
        )
        refuse(found, self.accepted)
        if not {'batch', 'model'} & found.keys():
            self._to_put_back = content['gradients']
        elif content['gradients']:
            left_out = 'half a window of gradients is left out'
            found.setdefault('batch', []).append(left_out)
        if 'optimizer' in found:
            checkpoint.pop('optimizer', None)
        if 'model' in found:
            anew = begin_anew(checkpoint, model, wrapper.optimizer)
            if anew:
                runner.logger.warning(f'begin anew: {", ".join(anew)}')
        keep_ways(checkpoint, wrapper.optimizer.param_groups)
        if found:
            said = translate(runner, checkpoint, model, now)
            changes = '; '.join(x for texts in found.values() for x in texts)
            runner.logger.warning(f'resumed, and {changes}. {said}')

    def before_train(self, runner) -> None:
        """Put gradients back; let averages of a new run begin."""
        self._conditions_of(runner)
        if runner.iter == 0:
            begin_averages(runner.model)
        saved, self._to_put_back = self._to_put_back, []
        if not saved:
            return
        steps = filled_steps(runner.optim_wrapper)
        if steps and can_be_put_back(saved):
            put_back(runner, saved)
            runner.logger.info(
                f'the gradients of the {steps} steps of the window that was '
                'half filled are there again'
            )

    def _keep(self, gradients: list) -> None:
        self._saved_gradients = gradients

    def _conditions_of(self, runner) -> dict[str, Any]:
        if not self._conditions:
            self._conditions = conditions_of(runner)
        return self._conditions
