"""What is said of an image that is not read."""

from __future__ import annotations


class UnreadableImageError(ValueError):
    """An image that cannot be read, or would be read as something else.

    Args:
        message: One line. Of more, the last is kept: torch builds the error
            of a worker anew, with a traceback before its own text.
    """

    def __init__(self, message: str) -> None:
        line = message.strip().rpartition('\n')[2]
        name = f'{type(self).__module__}.{type(self).__qualname__}: '
        super().__init__(line[len(name) :] if line.startswith(name) else line)
