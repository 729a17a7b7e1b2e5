"""No rank waits for another for ever, or without a word."""

from __future__ import annotations

import sys
from typing import Any

from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ..ranks import RankWatch, open_board


@HOOKS.register_module()
class RankWatchHook(Hook):
    """Ends a run of several processes in which one hangs, and names it.

    torch ends such a run after ten minutes, or thirty, and cannot say who is
    missing. Here a thread of each rank keeps record of all of them. What is
    not a training step (validation by one rank alone, saving) may take twenty
    times as long, and so may a rank whose stack of calls changes, as one that
    compiles its model. A step costs nothing. A rank whose torchrun was killed
    ends, too: nobody else would end it.

    Ranks with unequal data, which would wait for each other at the end of an
    epoch, are refused before the first step.

    Args:
        timeout: Seconds that a rank may keep the others waiting.

    Raises:
        ValueError: Before training, if the ranks have unequal data.
    """

    priority = 'VERY_LOW'

    def __init__(self, timeout: float = 80.0) -> None:
        if timeout <= 0:
            raise ValueError(f'timeout must be above 0 s, not {timeout}')
        self.timeout = timeout
        self.watch: RankWatch | None = None

    def before_train(self, runner) -> None:
        """Compare the ranks' data, and begin to watch."""
        if get_world_size() == 1:
            return
        check_equal_data(runner.train_dataloader)
        board = open_board()
        if board is None:
            runner.logger.warning(
                'the ranks cannot reach a common store: one that hangs will '
                "end the run only by torch's timeout"
            )
            return

        def say(what: str) -> None:
            if get_rank() == 0:
                runner.logger.error(what)
            else:
                print(what, file=sys.stderr, flush=True)

        hint = (
            'The run ends. If a step may take that long, raise `timeout` of '
            f'RankWatchHook, {self.timeout:g} s'
        )
        self.watch = RankWatch(board, self.timeout, hint, say)

    def before_train_epoch(self, runner) -> None:
        """Steps follow, with the loading of their batches."""
        self._note(in_steps=True)

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """A step has begun."""
        self._note(2 * runner.iter + 1, in_steps=True)

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """A step is done."""
        self._note(2 * runner.iter + 2)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """The first rank will write for a while."""
        self._note(in_steps=False)

    def after_train_epoch(self, runner) -> None:
        """Other hooks may do anything."""
        self._note(in_steps=False)

    def before_val(self, runner) -> None:
        """One rank may validate longer than others."""
        self._note(in_steps=False)

    def after_train(self, runner) -> None:
        """End the watch."""
        if self.watch is not None:
            self.watch.close()

    def _note(
        self, moves: int | None = None, in_steps: bool | None = None
    ) -> None:
        if self.watch is None:
            return
        if moves is not None:
            self.watch.moves = moves
        if in_steps is not None:
            self.watch.in_steps = in_steps


def check_equal_data(loader: Any) -> None:
    """Refuse ranks that have unequal data.

    Raises:
        ValueError: In all processes, naming what each rank has.
    """
    try:
        own = f'{len(loader.dataset)} images in {len(loader)} batches'
    except TypeError:  # a data set that is only iterated has no length
        own = 'a stream'
    each: list[str] = all_gather_object(own)
    if len(set(each)) > 1:
        raise ValueError(
            'the ranks have unequal data, and would wait for each other for '
            'ever: '
            + ', '.join(f'rank {i} has {x}' for i, x in enumerate(each))
            + '. Give every rank the same data set; its sampler deals it out'
        )
