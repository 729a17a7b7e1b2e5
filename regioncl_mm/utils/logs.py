"""What mmengine logs of a training, as JSON lines in its work dir."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def find_logs(folder: Path) -> list[Path]:
    """The logs of all trainings in a folder, in the order they began."""
    return sorted(folder.glob('*/vis_data/scalars.json'))


def begun(log: Path) -> str:
    """When the training of a log began, as mmengine names its folder."""
    return log.parents[1].name


def read_log(file: Path) -> list[dict[str, Any]]:
    """What a training has logged, line by line.

    A line that is cut off, as by a full disk, is passed over.
    """
    found = []
    for line in file.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def first_step(lines: list[dict[str, Any]]) -> tuple[int, int] | None:
    """Epoch and step, from 1, of the first line that a training logged.

    Args:
        lines: What :func:`read_log` returned.

    Returns:
        None if there is none yet, or if it counts no epochs.
    """
    for line in lines:
        if 'epoch' in line:
            return line['epoch'], line['iter']
    return None
