"""A run that is told to end saves first, and says so by its exit status."""

from __future__ import annotations

from functools import partial
from typing import Sequence

from mmengine.dist import barrier, get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop

from ..ranks import StopAgreement, open_board
from ..utils.signals import (
    EXIT_STATUS,
    SIGNALS,
    SignalListener,
    outlive_sigterm,
)
from .out_of_turn import delete_out_of_turn, last_saved, save_out_of_turn

KEY = 'preempted'  # in the checkpoint: its own file's name


@HOOKS.register_module()
class PreemptionHook(Hook):
    """Saves a checkpoint after the present step, and ends, when signalled.

    It is enough that one rank gets the signal; all stop after the same step.
    ``--resume`` goes on there, for ``last_checkpoint`` names the file. In the
    middle of an epoch it is ``iter_N.pth`` whatever the other checkpoints are
    called, and it is deleted when another one has followed.

    The same signal once more, or a SIGINT, ends at once, without saving: a
    step and what follows it may take long. In the last step
    and after it a signal has no effect: the run ends by itself.

    Args:
        signals: Their names.
        exit_status: Of all processes then. ``tools/dist_train.sh`` passes 85
            on, and ``tools/slurm_train.sh`` requeues at it.

    Raises:
        SystemExit: When all has been saved.
        KeyboardInterrupt: At a second SIGINT, if nobody else listens.
    """

    priority = 'LOWEST'  # after the other hooks' work of the same step

    def __init__(
        self,
        signals: Sequence[str] = SIGNALS,
        exit_status: int = EXIT_STATUS,
    ) -> None:
        self.signals = signals
        self.exit_status = exit_status
        self.agreement: StopAgreement | None = None
        self.listener: SignalListener | None = None
        self.reason_at_end_of_epoch: str | None = None
        self.saved_as: str | None = None
        self.leftover: str | None = None

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Remember the file to delete when there is a newer one."""
        self.leftover = checkpoint.get(KEY)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Have the file know that it is to be deleted one day."""
        if self.saved_as:
            checkpoint[KEY] = self.saved_as

    def before_train(self, runner) -> None:
        """From now on the run can be told to end."""
        board = open_board()
        if board is None and get_world_size() > 1:
            runner.logger.warning(
                'the ranks cannot reach a common store: a signal will end '
                'the run without saving'
            )
            return
        self.agreement = StopAgreement(board)
        self.listener = SignalListener(self.signals, self.agreement.ask)
        loader = runner.train_dataloader
        loader.worker_init_fn = partial(outlive_sigterm, loader.worker_init_fn)

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Save and end, if told to; the last step saves its whole epoch."""
        if self.agreement is None:
            return
        step = runner.iter + 1
        reason = self.agreement.reached(step)
        if reason is not None and step < runner.max_iters:
            by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
            if by_epoch and step % len(runner.train_dataloader) == 0:
                self.reason_at_end_of_epoch = reason
            else:
                self._end(runner, reason, step, by_epoch=False)
        elif self.leftover and last_saved(runner) != self.leftover:
            delete_out_of_turn(runner, self.leftover)
            self.leftover = None

    def after_train_epoch(self, runner) -> None:
        """Save and end, if told to in the epoch's last step."""
        reason = self.reason_at_end_of_epoch
        if reason is not None:
            self._end(runner, reason, runner.iter, by_epoch=True)

    def after_train(self, runner) -> None:
        """The run ends by itself."""
        self._close()

    def _end(self, runner, reason: str, step: int, by_epoch: bool) -> None:
        self.saved_as = None if by_epoch else f'iter_{step}.pth'
        name = save_out_of_turn(runner, by_epoch)
        # A launcher ends the others when one has ended.
        barrier()
        self._close()
        outcome = (
            f'saved {name}, from which --resume goes on'
            if name
            else 'saved nothing: the run has no CheckpointHook'
        )
        runner.logger.info(
            f'{reason}: stopped after step {step}, {outcome} (exit status '
            f'{self.exit_status})'
        )
        raise SystemExit(self.exit_status)

    def _close(self) -> None:
        if self.agreement is not None:
            self.agreement.close()
        if self.listener is not None:
            self.listener.close()
