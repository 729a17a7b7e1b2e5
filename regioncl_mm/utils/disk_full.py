"""Disks that are full, and how to know before it is too late."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

# No space, more than a user's quota, more than one file may have.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFullError(OSError):
    """A file was not written, for there is no room for it."""


@contextmanager
def disk_full_explained(
    path: Path, num_bytes: int | None = None
) -> Iterator[None]:
    """Within it, an error of a full disk says what is full, and how full.

    Args:
        path: The file, or the folder, that is written.
        num_bytes: What it needs, where it is known.

    Raises:
        DiskFullError: In place of an OSError that means this.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        near = (path, *path.absolute().parents)
        folder = next(place for place in near if place.is_dir())
        needed = '' if num_bytes is None else f'{num_bytes:,} bytes needed, '
        free = shutil.disk_usage(folder).free
        raise DiskFullError(
            f'{path} was not written: {os.strerror(error.errno)} ({needed}'
            f'{free:,} free). What was there before is as it was; make room, '
            'or choose another folder'
        ) from error


def allocate(path: Path) -> None:
    """Have the disk keep room for all of a file, holes in it included.

    To write where the disk has none kills a program that has mapped the file
    into its memory.

    Raises:
        DiskFullError: If there is no room for it.
    """
    num_bytes = path.stat().st_size
    # Not everywhere: holes stay holes then.
    if hasattr(os, 'posix_fallocate'):
        with disk_full_explained(path, num_bytes), path.open('r+b') as file:
            os.posix_fallocate(file.fileno(), 0, num_bytes)
