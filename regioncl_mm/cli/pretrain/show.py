"""What a training shows on the screen: how far it is, and what is amiss."""

from __future__ import annotations

import logging
import time
from typing import Callable

from mmengine.logging import MMLogger
from mmengine.runner import Runner

BETWEEN = 5.0  # seconds, so that the screen can be read
# What mmengine warns of in every such run, and a user could not mend.
NOISE = ('deprecated', 'is skipped since its requires_grad=False')


class Progress(logging.Filter):
    """Lets lines of progress pass, a few a minute, and all warnings.

    Args:
        clock: Seconds since whenever.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self.shown_at = float('-inf')

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is shown; the log has all of them."""
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            return not any(x in text for x in NOISE)
        if text.startswith('Epoch(train)'):
            now = self.clock()
            last = 'eta: 0:00:00' in text
            if now - self.shown_at < BETWEEN and not last:
                return False
            self.shown_at = now
            return True
        return text.startswith('Epoch(knn)')


class QuietRunner(Runner):
    """mmengine's, with a screen that shows :class:`Progress` alone."""

    def build_logger(self, *args, **kwargs) -> MMLogger:
        """The logger; its file is mmengine's."""
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.addFilter(Progress())
                handler.setFormatter(logging.Formatter('%(message)s'))
        return logger
