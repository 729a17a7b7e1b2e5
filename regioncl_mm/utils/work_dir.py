"""One folder, one run at a time."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from mmengine.dist import is_main_process

from .processes import from_main_process

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK = '.lock'
CHECKPOINTS = ('last_checkpoint', 'epoch_*.pth', 'iter_*.pth', 'best_*.pth')
# What a file system without locks answers.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)

_held: set[int] = set()  # file descriptors


def _close_in_child() -> None:
    """A worker that outlives its parent for a while is no run."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_close_in_child)


@contextmanager
def work_dir_locked(work_dir: str | Path) -> Iterator[None]:
    """Within it no other run may use the folder, which is made.

    All processes of a run call it; the first one holds the lock. The lock
    ends with that process, however it ends. Where the file system has no
    locks, only a run on the same machine is found.

    Raises:
        ValueError: In all processes, if another run uses the folder; naming
            its host, process and start.
    """
    descriptor = from_main_process(lambda: _lock(Path(work_dir)))
    try:
        yield
    finally:
        if is_main_process():
            _held.discard(descriptor)
            os.close(descriptor)


def have_unused(work_dir: str | Path, anew: bool) -> list[str]:
    """Let no run begin among the checkpoints of another.

    Args:
        work_dir: The folder.
        anew: Move them to a folder in it, ``earlier_`` and the time.

    Returns:
        A line for the run's log on what was moved; none if nothing was there.

    Raises:
        ValueError: In all processes, if there are some and they are not to
            be moved; saying what can be done.
    """
    return from_main_process(lambda: _have_unused(Path(work_dir), anew))


def _have_unused(work_dir: Path, anew: bool) -> list[str]:
    found = [
        path
        for pattern in CHECKPOINTS
        for path in sorted(work_dir.glob(pattern))
    ]
    if not found:
        return []
    names = found[0].name
    if len(found) > 1:
        names += f' and {len(found) - 1} more'
    if not anew:
        raise ValueError(
            f'{work_dir} has checkpoints of an earlier run ({names}): '
            '--resume goes on with it, another --work-dir leaves it alone, '
            '--anew moves them to a folder there and trains anew'
        )
    folder = work_dir / time.strftime('earlier_%Y%m%d_%H%M%S')
    folder.mkdir()
    for path in found:
        path.rename(folder / path.name)
    return [f'moved {names} of an earlier run to {folder}']


def _lock(work_dir: Path) -> int:
    """The file descriptor that holds the lock."""
    work_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(work_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        owner = _read(descriptor)
        if not _try(descriptor, owner):
            # It may have been written since.
            owner = _read(descriptor) or owner
            raise ValueError(
                f'{work_dir} is in use by another run: host '
                f'{owner.get("host", "?")}, pid {owner.get("pid", "?")}, '
                f'since {owner.get("start", "?")}; wait for its end, or '
                'choose another --work-dir'
            )
        own = dict(
            host=socket.gethostname(),
            pid=os.getpid(),
            start=time.strftime('%Y-%m-%d %H:%M:%S'),
        )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(own).encode(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    _held.add(descriptor)
    return descriptor


def _try(descriptor: int, owner: dict) -> bool:
    """Whether the lock could be had."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
    return owner.get('host') != socket.gethostname() or not _alive(
        owner['pid']
    )


def _alive(pid: int) -> bool:
    """Whether another process of this machine has this number."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def _read(descriptor: int) -> dict:
    """What the holder, or the last one, wrote of itself."""
    try:
        return json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return {}
