"""Stages, each a process that must end in time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, NamedTuple

from ...cli.programs import last_words

DONE, FAILED, STOPPED, SKIPPED = 'done', 'failed', 'stopped', 'skipped'
PATIENCE = 5  # seconds to leave when told to


@dataclass
class Stage:
    """A process and what is read of it.

    Attributes:
        name: What people read.
        share: Of the whole time.
        command: What runs; asked for when it is its turn, with the time (that
            of ``time.time``) by which it must have ended.
        env: Variables of its environment, beside ours.
        read: Makes figures of its output, also when it was ended early.
        result: The file that is read, if not what it says.
        needs: The name of a stage without which it is skipped.
    """

    name: str
    share: float
    command: Callable[[float], list[str]]
    env: dict[str, str] = field(default_factory=dict)
    read: Callable[[Path], dict[str, Any]] = lambda output: {}
    result: Path | None = None
    needs: str | None = None


class Outcome(NamedTuple):
    """What became of a stage.

    Attributes:
        status: Done, failed, stopped or skipped.
        seconds: That it took.
        reason: Why it is not done.
        figures: What was read of it.
    """

    status: str
    seconds: float
    reason: str = ''
    figures: dict[str, Any] = {}


def run_stages(
    stages: list[Stage],
    folder: Path,
    start: float,
    seconds: float,
    ended: Callable[[str, Outcome], None],
) -> dict[str, Outcome]:
    """Run stages, one after another.

    Each must have ended when its share of the time and those of the stages
    before it are over: what one leaves over, the next ones have. One that has
    not is stopped. Whatever becomes of a stage, those that do not need it
    follow.

    Args:
        stages: In order.
        folder: Gets what each says, in a file of its name.
        start: When the time began, as ``time.time`` has it.
        seconds: The whole time.
        ended: Is told of each stage, when it has ended.
    """
    found: dict[str, Outcome] = {}
    share = 0.0
    for stage in stages:
        share += stage.share
        needed = found.get(stage.needs) if stage.needs else None
        if needed and needed.status != DONE:
            outcome = Outcome(SKIPPED, 0, f'needs what {stage.needs} was for')
        else:
            output = folder / f'{stage.name}.txt'
            outcome = run_stage(stage, output, start + share * seconds)
        found[stage.name] = outcome
        ended(stage.name, outcome)
    return found


def run_stage(stage: Stage, output: Path, until: float) -> Outcome:
    """Run one.

    Args:
        stage: Which.
        output: The file for what it says.
        until: When it must have ended, as ``time.time`` has it.
    """
    start = time.time()
    if until <= start:
        return Outcome(SKIPPED, 0, 'no time was left')
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open('w') as file:
        process = subprocess.Popen(
            stage.command(until),
            env={**os.environ, **stage.env},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            # Of its own, so that what it starts ends with it.
            start_new_session=True,
        )
    status, reason = DONE, ''
    try:
        if process.wait(until - start):
            status = FAILED
            reason = last_words(output).splitlines()[0].strip()
    except subprocess.TimeoutExpired:
        status = STOPPED
        reason = f'its time was over after {time.time() - start:.0f} s'
    finally:
        _end(process)
    figures = stage.read(stage.result or output)
    return Outcome(status, time.time() - start, reason, figures)


def _end(process: subprocess.Popen) -> None:
    """End a process, and all that it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
