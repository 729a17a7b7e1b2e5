"""Bad updates in a row, of which so many end a run."""

from __future__ import annotations

import math
from typing import Any


class BadRow:
    """Counts updates that had numbers that are not finite.

    Args:
        patience: How many one after the other are one too many.
    """

    def __init__(self, patience: int):
        self.patience, self.length = patience, 0
        self._first: tuple[list, Any] | None = None
        self._bad = False  # a step of the update that is not complete yet

    def add(
        self, values: list, about: Any, last: bool = True
    ) -> tuple[list, Any] | None:
        """Count a step.

        Args:
            values: Its numbers.
            about: What is known of it.
            last: Whether it is the last one of its update, which is bad if
                any of its steps was.

        Returns:
            The first step of the row, if it is as long as it may not be.
        """
        if not all(map(math.isfinite, values)):
            self._first = self._first or (values, about)
            self._bad = True
        if not last:
            return None
        if self._bad:
            self.length += 1
        else:
            self._first, self.length = None, 0
        self._bad = False
        return self._first if self.length >= self.patience else None
