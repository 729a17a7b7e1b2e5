"""What becomes of memory that a process has freed."""

from __future__ import annotations

import ctypes
import platform

# Parameters of glibc's mallopt, its largest value for the second, and what
# the first is by default.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_BLOCK = 32 * 2**20
_KEPT, _DEFAULT = 2**31 - 1, 128 * 2**10


def keep_freed_memory() -> bool:
    """Have the process keep what it frees, up to 2 GiB of it.

    Otherwise glibc gives the memory of large tensors back to the system,
    which hands it out again page by page, each filled with zeros. Blocks
    beyond 32 MiB still are.

    Returns:
        Whether the C library is one that can be told so.
    """
    if platform.libc_ver()[0] != 'glibc':
        return False
    libc = ctypes.CDLL(None)
    return bool(
        libc.mallopt(_TRIM_THRESHOLD, _KEPT)
        and libc.mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)
    )


def give_back_freed_memory() -> None:
    """Give back what is free now and, as by default, from here on."""
    if platform.libc_ver()[0] == 'glibc':
        libc = ctypes.CDLL(None)
        libc.mallopt(_TRIM_THRESHOLD, _DEFAULT)
        libc.malloc_trim(0)
