"""Programs whose output goes to a file."""

import subprocess
import sys
import time
from pathlib import Path

from ..utils.places import project_root

ROOT = project_root()


def start(command: list, output: Path, cwd=None, env=None) -> subprocess.Popen:
    """Start a program; all that it says goes to ``output``."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open('w') as file:
        return subprocess.Popen(
            [str(x) for x in command],
            cwd=cwd,
            env=env,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def side_by_side(tasks: list, begin, jobs: int, ended) -> None:
    """Run a process for each task, ``jobs`` of them at a time.

    Args:
        tasks: Anything.
        begin: Starts a task's process and returns it.
        jobs: At most so many at a time.
        ended: Called with a task, its exit status and the minutes it took.

    If anything is raised, the processes that are running are ended first.
    """
    waiting, running = list(tasks), {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                task = waiting.pop(0)
                running[begin(task)] = task, time.time()
            time.sleep(0.1)
            for process in [p for p in running if p.poll() is not None]:
                task, began = running.pop(process)
                minutes = (time.time() - began) / 60
                ended(task, process.returncode, minutes)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def python(script: str, *arguments) -> list:
    """The command of one of our tools."""
    return [sys.executable, ROOT / 'tools' / script, *arguments]


def last_words(output: Path) -> str:
    """The last line of a failed program, as a rule the error's message."""
    lines = output.read_text(errors='replace').split('\n')
    last = [line for line in lines if line.strip()][-1:]
    return '\n'.join(
        f'    {line}' for line in [*last, f'whole output: {output}']
    )
