"""What a program and all that it has started hold of the machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

PROC = Path('/proc')
SHARED = Path('/dev/shm')  # nosec B108 # asked for its size alone


def usage(root: int) -> dict[str, int]:
    """What process ``root`` and its descendants hold together.

    Args:
        root: The number of a process.

    Returns:
        ``processes``; ``memory`` (resident bytes, pages that processes share
        counted in each) and ``shared`` (those of it in shared memory);
        ``descriptors`` of open files; ``threads``; and ``dev_shm``, the bytes
        in use in /dev/shm, whoever holds them.
    """
    total = dict.fromkeys(
        ('processes', 'memory', 'shared', 'descriptors', 'threads'), 0
    )
    for process in _with_descendants(root):
        try:
            found = _of_one(PROC / str(process))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended since
        for name, value in found.items():
            total[name] += value
    space = os.statvfs(SHARED)
    total['dev_shm'] = (space.f_blocks - space.f_bfree) * space.f_frsize
    return total


def _of_one(process: Path) -> dict[str, int]:
    found = dict(
        re.findall(r'^(\w+):\s+(\d+)', (process / 'status').read_text(), re.M)
    )
    return dict(
        processes=1,
        # One that has ended and waits to be asked for its status has none.
        memory=int(found.get('VmRSS', 0)) * 1024,
        shared=int(found.get('RssShmem', 0)) * 1024,
        descriptors=len(os.listdir(process / 'fd')),
        threads=int(found['Threads']),
    )


def _with_descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in PROC.glob('[0-9]*/stat'):
        try:
            text = stat.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # The second field, a name in brackets, may hold anything.
        parent = int(text.rpartition(')')[2].split()[1])
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found
