"""Names that several processes have met."""

from __future__ import annotations

import multiprocessing


class SharedNames:
    """A set of names in shared memory, and how often one was added.

    The workers of a data loader share it with the process that made it.

    Args:
        size: Bytes for all names; those that do not fit are only counted.
    """

    def __init__(self, size: int = 1 << 18) -> None:
        self._size = size
        self._text = multiprocessing.Array('c', size)
        self._used = multiprocessing.Value('l', 0)
        self._count = multiprocessing.Value('l', 0)

    def __deepcopy__(self, memo: dict) -> SharedNames:
        """The same set, as it is in another process."""
        return self

    @property
    def count(self) -> int:
        """How often a name was added, the same ones again included."""
        return self._count.value

    def names(self) -> list[str]:
        """The names, in the order in which they were added."""
        with self._text.get_lock():
            return self._names()

    def add(self, name: str, counts: bool = True) -> bool:
        """Add a name without line breaks; whether it is new and was kept.

        Args:
            name: The name.
            counts: Whether :attr:`count` goes up.
        """
        line = f'{name}\n'.encode()
        with self._text.get_lock():
            self._count.value += counts
            end = self._used.value + len(line)
            if end > self._size or name in self._names():
                return False
            self._text[self._used.value : end] = line
            self._used.value = end
            return True

    def _names(self) -> list[str]:
        return bytes(self._text[: self._used.value]).decode().splitlines()
