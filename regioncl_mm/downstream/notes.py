"""What a look at the data of a run found."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from .read import ReadSet


class Notes:
    """What is remembered from one data set to the next.

    Attributes:
        changes: Settings to be changed, as ``--cfg-options`` names them.
    """

    def __init__(self) -> None:
        self.changes: dict[str, Any] = {}
        self._content: dict[tuple[str, ...], Any] = {}
        self._labels: tuple[str, list[str]] | None = None

    def once(self, key: tuple[str, ...], read: Callable[[], Any]) -> Any:
        """What ``read`` has found, by a key; it is called but once."""
        if key not in self._content:
            self._content[key] = read()
        return self._content[key]

    def change(self, setting: str, value: Any, reason: str) -> None:
        """Note that a setting has to be another, and say why."""
        self.changes[setting] = value
        print(f'warning: {reason}: `{setting}={value}`', flush=True)

    def labels(self, read: ReadSet, names: Sequence[str]) -> None:
        """Compare a data set's labels with those of the ones before.

        Args:
            read: The data set.
            names: The classes, by their labels.

        Raises:
            ValueError: If a label stands for two classes.
        """
        file = read.data_set.ann_file
        first, expected = self._labels or (file, list(names))
        self._labels = first, expected
        for label, (one, other) in enumerate(zip(expected, names)):
            if one != other:
                raise ValueError(
                    f'label {label} is {one!r} in {first}, and {other!r} in '
                    f'{file}: the `categories` of both need the same order'
                )
