"""All ranks stop after one and the same step."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from .board import Board
from .ticker import Ticker

REQUEST, PROMISE = 'stop', 'promise'
NEVER = 1 << 62  # promised by a rank that has no steps left


class StopAgreement:
    """After which step all ranks stop, once one of them has been asked to.

    That one says so on the board. A thread of each rank finds it there and
    promises that its rank does not go beyond the end of its present step
    before all have promised. The latest step promised is where all stop. A
    rank that waits there keeps none from promising, for threads promise while
    their ranks compute; and where nobody was asked, a step costs the
    comparison of two numbers.

    Args:
        board: The ranks' board; None for a single process.
        seconds: How often it is looked at.
        patience: Seconds within which all have to have promised.
    """

    def __init__(
        self,
        board: Board | None,
        seconds: float = 0.5,
        patience: float = 60.0,
    ) -> None:
        self.board = board
        self.patience = patience
        self.asked: str | None = None
        self.reason: str | None = None
        self.promise = NEVER
        self.last_step: int | None = None
        self.step = 0
        self.lock = threading.Lock()
        self.ticker = Ticker(self._look, seconds) if board else None

    def ask(self, reason: str) -> None:
        """Ask all ranks to stop; a handler of signals may call it."""
        self.asked = reason

    def reached(self, step: int) -> str | None:
        """Say that a step is done, and learn why it is the last, if it is.

        Args:
            step: How many steps are done; the same for all ranks.

        Raises:
            RuntimeError: If a rank does not answer; naming it.
        """
        if self.board is None:
            return self.asked
        with self.lock:
            self.step = step
            waits = step >= self.promise
        if waits and self.last_step is None:
            self.last_step = self._latest_promise()
        stops = self.last_step is not None and step >= self.last_step
        return self.reason if stops else None

    def close(self) -> None:
        """Say that no steps are left, for those who may wait for a promise."""
        if self.board is None or self.ticker is None:
            return
        self.ticker.close()
        if self.promise == NEVER:
            with suppress(RuntimeError):  # the others are gone already
                self.board.write(PROMISE, str(NEVER))

    def _look(self) -> None:
        assert self.board is not None
        if self.promise < NEVER:
            return
        if self.asked:
            self.board.write_once(REQUEST, self.asked)
        reason = self.board.find(REQUEST)
        if reason is not None:
            with self.lock:
                self.reason, self.promise = reason, self.step + 1
            self.board.write(PROMISE, str(self.promise))

    def _latest_promise(self) -> int:
        assert self.board is not None
        end = time.monotonic() + self.patience
        while True:
            promises = self.board.read(PROMISE)
            given = [int(x) for x in promises if x is not None]
            if len(given) == len(promises):
                return max(given)
            if time.monotonic() > end:
                silent = [i for i, x in enumerate(promises) if x is None]
                raise RuntimeError(
                    f'rank {", ".join(map(str, silent))} did not answer '
                    f'within {self.patience:.0f} s that it stops, too'
                )
            time.sleep(0.05)
