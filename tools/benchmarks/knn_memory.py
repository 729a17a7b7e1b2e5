"""How much memory the kNN search over ImageNet's features takes.

Writes random features of the size of ImageNet's training set and ResNet-50
(1,281,167 x 2,048 float32, 10.5 GB; removed at the end), maps the file as
tools/knn.py does, and finds the neighbours of some queries. Memory does not
depend on how many queries there are, as long as similarities of them to one
row at least are held at a time; the time does.

Resident memory is told apart: anonymous memory has to fit into the machine,
pages of the file are the system's to drop.
"""

import argparse
import re
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap

from regioncl_mm.evaluation.knn import search


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--memory', type=int, default=1281167)
    parser.add_argument('--dim', type=int, default=2048)
    parser.add_argument('--queries', type=int, default=512)
    parser.add_argument('--k', type=int, default=100)
    parser.add_argument('--backend', choices=('torch', 'faiss'))
    parser.add_argument(
        '--folder', type=Path, default='.', help='with room for the file'
    )
    return parser.parse_args()


def resident() -> dict:
    """Anonymous and mapped memory of this process, GiB."""
    text = Path('/proc/self/status').read_text()
    found = re.findall(r'(RssAnon|RssFile):\s+(\d+) kB', text)
    return {name: int(value) / 2**20 for name, value in found}


class Peak(threading.Thread):
    """Looks ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.highest, self.stopped = resident(), False

    def run(self) -> None:
        while not self.stopped:
            for name, value in resident().items():
                self.highest[name] = max(self.highest[name], value)
            time.sleep(0.1)


def write(path: Path, args: argparse.Namespace) -> None:
    """Random rows, a block of them again and again."""
    rng = np.random.default_rng(0)
    block = rng.standard_normal((8192, args.dim), dtype=np.float32)
    file = open_memmap(path, 'w+', np.float32, (args.memory, args.dim))
    for start in range(0, args.memory, len(block)):
        part = file[start : start + len(block)]
        part[:] = block[: len(part)]
    file.flush()


def main() -> None:
    args = parse_args()
    if sys.platform != 'linux':
        sys.exit('knn_memory.py reads /proc, which Linux alone has')
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder, 'features.npy')
        write(path, args)
        size = path.stat().st_size / 2**30
        memory = np.load(path, mmap_mode='r')
        queries = torch.randn(args.queries, args.dim)
        queries = torch.nn.functional.normalize(queries)
        before, peak = resident(), Peak()
        peak.start()
        start = time.monotonic()
        search(queries, memory, args.k, args.backend or 'torch')
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


if __name__ == '__main__':
    main()
