"""Bad steps in a row, of which so many end a run."""

from __future__ import annotations

import math
from typing import Any


class BadRow:
    """Counts steps with numbers that are not finite.

    Args:
        patience: How many one after the other are one too many.
    """

    def __init__(self, patience: int):
        self.patience, self.length = patience, 0
        self._first: tuple[list, Any] | None = None

    def add(self, values: list, about: Any) -> tuple[list, Any] | None:
        """Count a step.

        Args:
            values: Its numbers.
            about: What is known of it.

        Returns:
            The first step of the row, if it is as long as it may not be.
        """
        if all(map(math.isfinite, values)):
            self._first, self.length = None, 0
            return None
        self._first = self._first or (values, about)
        self.length += 1
        return self._first if self.length >= self.patience else None
