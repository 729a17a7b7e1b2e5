"""Each rank watches all of them, and ends a run that stands still."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import Any, Callable

from .board import Board
from .ticker import Ticker
from .verdict import Standing, find_late

NOTE, VERDICT = 'note', 'verdict'


class RankWatch:
    """Writes down where this rank is, and reads where the others are.

    It has a thread of its own: the rank itself may hang.

    Args:
        board: The ranks' board.
        timeout: Seconds that a rank may keep the others waiting.
        hint: What to do about it.
        say: Is given what is the matter before the process ends.
        end: Ends the process.
    """

    def __init__(
        self,
        board: Board,
        timeout: float,
        hint: str,
        say: Callable[[str], None],
        end: Callable[[int], Any] = os._exit,
    ) -> None:
        self.board = board
        self.timeout = timeout
        self.hint = hint
        self.say = say
        self.end = end
        self.moves = 0
        self.in_steps = False
        self.beats = 0
        self.host = socket.gethostname()
        self.name = f'rank {board.rank} ({self.host}, pid {os.getpid()})'
        # By rank: its last note, and since when what of it is as it is.
        self.notes: list[dict] = [{} for _ in range(board.world_size)]
        self.since: list[dict[str, float]] = [{} for _ in self.notes]
        self.looked = time.monotonic()
        # torchrun starts the ranks itself; a shell may go and leave them.
        self.launcher = (
            os.getppid() if 'TORCHELASTIC_RUN_ID' in os.environ else None
        )
        self.main = threading.main_thread().ident
        self._write()
        self.ticker = Ticker(self.look, min(timeout / 10, 5.0))

    def close(self) -> None:
        """End the watch: this rank has no steps left."""
        self.in_steps = False
        self.ticker.close()

    def look(self) -> None:
        """Write, read, judge; end the process if somebody has judged.

        So does a launcher that was killed: nobody else ends its ranks.
        """
        now = time.monotonic()
        was_stopped = now - self.looked > self.timeout / 2
        self.looked = now
        try:
            ranks = self._exchange(now, was_stopped)
            found = find_late(ranks, self.timeout) if ranks else None
            if found is not None:
                self.board.write_once(VERDICT, found)
            found = self.board.find(VERDICT)
        except RuntimeError:
            found = self._without_board(now)
        if self.launcher not in (None, os.getppid()):
            self.say(
                f'the launcher of {self.name} has ended: so does the rank'
            )
            self.end(1)
        if found is not None:
            self.say(f'{found}. {self.hint}')
            self._end_silent_ones(now)
            logging.shutdown()
            self.end(1)

    def _write(self) -> None:
        """Say where this rank is."""
        self.beats += 1
        note = dict(
            name=self.name,
            host=self.host,
            pid=os.getpid(),
            moves=self.moves,
            in_steps=self.in_steps,
            where=innermost(sys._current_frames().get(self.main or 0)),
            beats=self.beats,
        )
        self.board.write(NOTE, json.dumps(note))

    def _exchange(self, now: float, was_stopped: bool) -> list[Standing]:
        """All ranks' standings; none before all have written."""
        self._write()
        texts = self.board.read(NOTE)
        for rank, text in enumerate(texts):
            self._compare(rank, json.loads(text or '{}'), now, was_stopped)
        return [
            Standing(
                note['name'],
                note['moves'],
                note['in_steps'],
                note['where'],
                **{k: now - then for k, then in self.since[rank].items()},
            )
            for rank, note in enumerate(self.notes)
            if all(texts)
        ]

    def _compare(
        self, rank: int, note: dict, now: float, was_stopped: bool
    ) -> None:
        """Remember when a note's parts changed, as this process saw it."""
        before, since = self.notes[rank], self.since[rank]
        self.notes[rank] = note
        for key, parts in (
            ('moved', ('moves', 'in_steps')),
            ('changed', ('moves', 'in_steps', 'where')),
            ('heard', ('beats',)),
        ):
            # Time that this process did not have is nobody's fault.
            if was_stopped or any(
                note.get(part) != before.get(part) for part in parts
            ):
                since[key] = now
            since.setdefault(key, now)

    def _without_board(self, now: float) -> str | None:
        """What is the matter if the board is gone and this rank waits."""
        since = self.since[self.board.rank].get('moved', now)
        if not self.in_steps or now - since <= self.timeout:
            return None
        return 'rank 0, which keeps the board of all ranks, does not answer'

    def _end_silent_ones(self, now: float) -> None:
        """A stopped process does not end by itself."""
        for note, since in zip(self.notes, self.since):
            silent = now - since.get('heard', now)
            here = note.get('host') == self.host
            if silent > 4 * self.ticker.seconds and here:
                os.kill(note['pid'], signal.SIGKILL)


def innermost(frame: FrameType | None, count: int = 3) -> str:
    """The innermost frames of a thread: file, line and function of each."""
    places: list[str] = []
    while frame is not None and len(places) < count:
        code = frame.f_code
        file = '/'.join(code.co_filename.split(os.sep)[-3:])
        places.append(f'{file}:{frame.f_lineno} {code.co_name}')
        frame = frame.f_back
    return ' < '.join(places)
