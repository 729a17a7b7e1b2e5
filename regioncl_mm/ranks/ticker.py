"""A thread that does a thing again and again."""

from __future__ import annotations

import threading
from typing import Callable


class Ticker:
    """Calls a function in a thread until it is closed.

    The thread ends with the process. It ends before if the function raises
    RuntimeError, as a store does that cannot be reached any more; ``failed``
    is that error.

    Args:
        function: What is called.
        seconds: Between two calls.
    """

    def __init__(self, function: Callable[[], None], seconds: float) -> None:
        self.function = function
        self.seconds = seconds
        self.failed: RuntimeError | None = None
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.closed.wait(self.seconds):
            try:
                self.function()
            except RuntimeError as error:
                self.failed = error
                return

    def close(self) -> None:
        """End the thread, after the call that it may be in."""
        self.closed.set()
        if threading.current_thread() is not self.thread:
            self.thread.join()
