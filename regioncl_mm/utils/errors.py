"""Errors that users can mend end a program with one message."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from mmengine.dist import is_main_process

from .disk_full import DiskFullError, disk_full_explained


@contextmanager
def exit_with_message(
    program: str, *errors: type[Exception]
) -> Iterator[None]:
    """Within it, an error of these classes ends all processes.

    Only the first process says why, in the error's own words.

    Args:
        program: Name that the message begins with, such as ``knn.py``.
        errors: Classes of errors; others are raised as they are.

    Raises:
        SystemExit: In place of the error.
    """
    try:
        yield
    except errors as error:
        sys.exit(f'{program}: {error}' if is_main_process() else 1)


@contextmanager
def disk_full_ends(program: str, folder: str | Path) -> Iterator[None]:
    """Within it, a full disk ends all processes.

    Args:
        program: Name that the message begins with, such as ``train.py``.
        folder: What is written to.

    Raises:
        SystemExit: With one message, which has the place and the bytes.
    """
    with exit_with_message(program, DiskFullError):
        with disk_full_explained(Path(folder)):
            yield
