"""Validations that a run was killed before."""

from __future__ import annotations

from mmengine.runner import IterBasedTrainLoop

# In the message hub, and so in checkpoints: the step of the latest one.
VALIDATED = 'last_validated_iter'


def must_be_validated(runner) -> bool:
    """Whether the run goes on where a validation was due that it has not had.

    The training loops of mmengine save before they validate, and go on with
    the next epoch.
    """
    if runner.val_loop is None or runner.iter == (
        runner.message_hub.runtime_info.get(VALIDATED)
    ):
        return False
    loop = runner.train_loop
    loop._decide_current_val_interval()
    if isinstance(loop, IterBasedTrainLoop):
        done, last = loop.iter, loop.max_iters
    elif loop.iter == loop.epoch * len(loop.dataloader):
        done, last = loop.epoch, loop.max_epochs
    else:  # in the middle of an epoch
        return False
    return done >= loop.val_begin and (
        done % loop.val_interval == 0 or done == last
    )
