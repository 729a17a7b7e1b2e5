"""Who trains, each in a process of its own that waits for its turn."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

from ...utils.places import project_root

CONFIGS = {
    name: f'configs/quickstart/{stem}_resnet18-tiny_1xb64-coslr-6e_'
    'fashion-mnist.py'
    for name, stem in (('M', 'regioncl-m'), ('off', 'mocov2'))
}
REGIONS = {
    'model.region_branch.min_cells': 2,
    'model.region_branch.max_cells': 4,
}
HERE = Path(__file__).parent


class Contestant(NamedTuple):
    """How to start one.

    Attributes:
        name: What people read.
        method: ``'M'``, or ``'off'`` for regions off.
        tree: The checkout whose library and configs it uses.
        program: What follows ``python``.
        changes: Settings that it alone has.
    """

    name: str
    method: str
    tree: Path
    program: list[str]
    changes: dict[str, Any] = {}


def find(commit: str | None, earlier: Path, precision: str) -> list:
    """All contestants; those whose library is not installed are left out.

    Args:
        commit: The earlier version to be compared with; None leaves it out.
        earlier: An empty folder for it.
        precision: Ours, ``'float32'`` or ``'bfloat16'``.
    """
    root = project_root()
    trainee = [str(HERE / 'trainee.py')]
    plain = ['-m', 'regioncl_mm.benchmarks.small_images.plain']
    bfloat16 = {'optim_wrapper.type': 'BFloat16OptimWrapper'}
    ours = bfloat16 if precision == 'bfloat16' else {}
    found = []
    if commit:
        export(root, commit, earlier)
    for method in CONFIGS:
        if commit:
            found.append(Contestant(commit, method, earlier, trainee))
        found += [
            Contestant('ours', method, root, trainee, ours),
            Contestant('plain', method, root, [*plain, 'plain']),
        ]
    if has_lightly():
        found.append(Contestant('lightly', 'off', root, [*plain, 'lightly']))
    return found


def has_lightly() -> bool:
    """Whether its parts and transforms can be imported."""
    try:
        import lightly.loss  # noqa: F401
        import lightly.transforms  # noqa: F401
    except ImportError:
        return False
    return True


def export(root: Path, commit: str, folder: Path) -> None:
    """Write a commit's files to a folder.

    Raises:
        ValueError: If git does not know it.
    """
    done = subprocess.run(
        ['git', '-C', str(root), 'archive', commit], capture_output=True
    )
    if done.returncode:
        raise ValueError(
            f'git has no commit {commit} here ({done.stderr.decode().strip()})'
            '; give another by --commit, or --commit none'
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder)


class Process:
    """A contestant that has been started.

    Args:
        contestant: Which one.
        changes: Settings of all.
        folder: Where it may write.
        threads: How many it uses.
    """

    def __init__(
        self,
        contestant: Contestant,
        changes: dict[str, Any],
        folder: Path,
        threads: int,
    ):
        self.contestant = contestant
        folder.mkdir(parents=True)
        self.errors = folder / 'errors.txt'
        config = str(contestant.tree / CONFIGS[contestant.method])
        changes = {
            **changes,
            **(REGIONS if contestant.method == 'M' else {}),
            **contestant.changes,
            'work_dir': str(folder / 'work_dir'),
        }
        path = [str(contestant.tree), os.environ.get('PYTHONPATH', '')]
        with self.errors.open('w') as errors:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *contestant.program,
                    config,
                    json.dumps(changes),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=folder,
                env={
                    **os.environ,
                    'PYTHONPATH': os.pathsep.join(filter(None, path)),
                    'OMP_NUM_THREADS': str(threads),
                },
            )
        self.answer()  # ready

    def steps(self, count: int) -> float:
        """Have it take steps, and wait; the seconds that they took."""
        assert self.process.stdin is not None
        print(count, file=self.process.stdin, flush=True)
        return float(self.answer())

    def answer(self) -> str:
        """Its next line.

        Raises:
            ValueError: If it has ended.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            last = self.errors.read_text().strip().splitlines()[-1:]
            raise ValueError(
                f'{self.contestant.name} ({self.contestant.method}) has '
                f'ended: {"".join(last)}'
            )
        return line.strip()

    def end(self) -> None:
        """Have it end."""
        self.process.kill()
        self.process.wait()
