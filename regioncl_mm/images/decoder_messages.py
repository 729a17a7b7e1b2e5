"""What the libraries that decode images print, instead of raising."""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import contextmanager
from typing import Any, Iterator

STDERR = 2
# One of each a process: a child has others, see below.
_own: dict[str, Any] = {}


@contextmanager
def decoder_messages() -> Iterator[list[str]]:
    """Within it, what C libraries print to standard error is kept.

    libjpeg decodes a file with a hole in it, and says so there and nowhere
    else. One thread at a time; it takes some microseconds.

    Yields:
        A list, empty until the end; then it has the lines.
    """
    if not _own:
        _own.update(file=tempfile.TemporaryFile(), lock=threading.Lock())
    lines: list[str] = []
    with _own['lock']:
        file = _own['file'].fileno()
        os.lseek(file, 0, os.SEEK_SET)
        real = os.dup(STDERR)
        os.dup2(file, STDERR)
        try:
            yield lines
        finally:
            os.dup2(real, STDERR)
            os.close(real)
            length = os.lseek(file, 0, os.SEEK_CUR)
            text = os.pread(file, length, 0).decode(errors='replace')
            lines += text.splitlines()


os.register_at_fork(after_in_child=_own.clear)
