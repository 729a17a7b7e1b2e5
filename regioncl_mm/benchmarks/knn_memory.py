"""Memory and time of the kNN search over a file of features."""

from __future__ import annotations

import re
import tempfile
import threading
import time
from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap

from ..evaluation.knn import search
from ..losses import unit
from ..utils.disk_full import allocate


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/knn_memory.py`` does, with its arguments."""
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder, 'features.npy')
        write(path, args.memory, args.dim)
        size = path.stat().st_size / 2**30
        memory = np.load(path, mmap_mode='r')
        queries = unit(torch.randn(args.queries, args.dim))
        before, peak = resident(), Peak()
        peak.start()
        start = time.monotonic()
        search(queries, memory, args.k, args.backend)
        seconds = time.monotonic() - start
        peak.stopped = True
    print(
        f'{args.memory} x {args.dim} features ({size:.1f} GiB), '
        f'{args.queries} queries, k = {args.k}, '
        f'{torch.get_num_threads()} threads: {seconds:.1f} s'
    )
    print(
        f'peak: {peak.highest["RssAnon"]:.2f} GiB anonymous, of which '
        f'{before["RssAnon"]:.2f} before the search; '
        f'{peak.highest["RssFile"]:.2f} GiB of the file and of libraries'
    )


def resident() -> dict[str, float]:
    """Anonymous and mapped memory of this process, GiB."""
    text = Path('/proc/self/status').read_text()
    found = re.findall(r'(RssAnon|RssFile):\s+(\d+) kB', text)
    return {name: int(value) / 2**20 for name, value in found}


class Peak(threading.Thread):
    """Looks at the memory of this process ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.highest, self.stopped = resident(), False

    def run(self) -> None:
        while not self.stopped:
            for name, value in resident().items():
                self.highest[name] = max(self.highest[name], value)
            time.sleep(0.1)


def write(path: Path, rows: int, dim: int) -> None:
    """A file of random features (rows, dim), a block of them again and
    again."""
    rng = np.random.default_rng(0)
    block = rng.standard_normal((8192, dim), dtype=np.float32)
    file = open_memmap(path, 'w+', np.float32, (rows, dim))
    allocate(path)
    for start in range(0, rows, len(block)):
        part = file[start : start + len(block)]
        part[:] = block[: len(part)]
    file.flush()
