"""Our tools as programs of their own, one after another or side by side."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from typing import Any, Callable

from ..utils.places import as_typed, project_root

TOOLS = project_root() / 'tools'


def python(script: str | Path, *arguments: Any) -> list[str]:
    """The command of a tool.

    Args:
        script: Its name in ``tools``, or a whole path.
        arguments: What it is given.
    """
    return [sys.executable, *map(str, (as_typed(TOOLS / script), *arguments))]


def run_tool(script: str | Path, *arguments: Any, show: str = '') -> None:
    """Run a tool to its end, showing the command that a user would type.

    Only the lines of its output with ``show`` in them are printed; all of it
    if it fails, and the program ends.
    """
    command = python(script, *arguments)
    print('\n$ python', *command[1:], flush=True)
    output = []
    with Popen(
        command,
        text=True,
        stdout=PIPE,
        stderr=STDOUT,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                output.append(line)
                if show in line:
                    # Without the time of day and the name of the logger.
                    text = line.split(' - INFO - ')[-1]
                    print('  ' + text, end='', flush=True)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        name = Path(script).name
        hidden = ''.join(output) if show else ''
        sys.exit(f'{hidden}{name} failed, as said above')


def start(
    command: list[str], output: Path, env: dict[str, str] | None = None
) -> Popen:
    """Start a program; all that it says goes to the file ``output``."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open('w') as file:
        return Popen(command, env=env, stdout=file, stderr=STDOUT)


def side_by_side(
    tasks: list,
    begin: Callable[[Any], Popen],
    jobs: int,
    ended: Callable[[Any, int, float], None],
) -> None:
    """Run a process for each task, ``jobs`` of them at a time.

    Args:
        tasks: Anything.
        begin: Starts a task's process and returns it.
        jobs: At most so many at a time.
        ended: Called with a task, its exit status and the minutes it took.

    If anything is raised, the processes that are running are ended first.
    """
    waiting = list(tasks)
    running: dict[Popen, tuple[Any, float]] = {}
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


def last_words(output: Path) -> str:
    """The last line of a failed program, as a rule the error's message."""
    lines = output.read_text(errors='replace').split('\n')
    last = [line for line in lines if line.strip()][-1:]
    return '\n'.join(
        f'    {line}' for line in [*last, f'whole output: {output}']
    )
