"""A contestant in a process of its own, which waits for its turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .contestants import CONFIGS, REGIONS, Contestant


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
