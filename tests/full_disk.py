"""What a full disk does, on one that is not."""

import errno
import os
import resource
from contextlib import contextmanager
from unittest import mock


@contextmanager
def at_most(num_bytes):
    """Within it no file can be longer; the rest is as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_room():
    """Within it no file gets room on the disk before it is written."""

    def full(descriptor, start, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with mock.patch.object(os, 'posix_fallocate', full):
        yield
