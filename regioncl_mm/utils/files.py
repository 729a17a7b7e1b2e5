"""Files that are whole or not there."""

from __future__ import annotations

import errno
import io
import json
import os
import uuid
from pathlib import Path
from typing import Any, BinaryIO, Callable

from .disk_full import disk_full_explained

# What a folder answers on file systems that flush it without being asked.
NOT_FLUSHED = (errno.EINVAL, errno.ENOTSUP)


def write_atomically(
    path: Path, write: Callable[[Path], Any], num_bytes: int | None = None
) -> None:
    """Write a file under another name first, and give it its own when done.

    Whoever reads ``path`` meanwhile, or after a crash of the program or of
    the machine, finds the whole file, the one before it, or none.

    Args:
        path: The file to write; its folder is there.
        write: Writes the content to the path that it is given.
        num_bytes: Length of the content, where it is known.

    Raises:
        DiskFullError: If there is no room for it.
    """
    partial = path.with_name(f'.{path.name}.{uuid.uuid4().hex}.part')
    with disk_full_explained(path, num_bytes):
        try:
            write(partial)
            flush(partial)
            os.replace(partial, path)
        finally:  # so that what it took is free again when that is said
            if partial.exists():
                partial.unlink()
        flush_folder(path.parent)


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file by :func:`write_atomically`."""

    def write(to: Path) -> None:
        with to.open('wb') as file:
            file.write(content)

    write_atomically(path, write, len(content))


def write_buffered(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write a file by :func:`write_bytes`, by way of memory.

    Args:
        path: The file to write.
        write: Writes the content to the file in memory that it is given.
    """
    with io.BytesIO() as buffer:
        write(buffer)
        with buffer.getbuffer() as content:
            write_bytes(path, content)


def save_figure(figure: Any, path: Path, dpi: int = 110) -> None:
    """Write matplotlib's figure to a picture file, whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix[1:] or None
    write_buffered(
        path, lambda file: figure.savefig(file, format=kind, dpi=dpi)
    )


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 by :func:`write_atomically`."""
    write_bytes(path, text.encode())


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a dict as JSON, by :func:`write_atomically`."""
    write_text(path, json.dumps(content, indent=2) + '\n')


def read_json(path: Path) -> dict[str, Any] | None:
    """Read what :func:`write_json` wrote; None if there is no such file.

    Raises:
        ValueError: If it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f'{path} is not JSON ({error})') from None


def flush(path: Path) -> None:
    """Have what was written to a file go to the disk."""
    with path.open('r+b') as file:
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Have what was renamed in a folder go to the disk."""
    if os.name != 'posix':  # elsewhere a folder cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NOT_FLUSHED:
            raise
    finally:
        os.close(descriptor)
