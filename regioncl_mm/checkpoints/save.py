"""Write a checkpoint so that it is whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..utils.files import write_buffered


def save_atomically(content: Any, path: Path) -> None:
    """``torch.save`` to a file that is whole, and on the disk, or not there.

    Args:
        content: Anything that ``torch.save`` takes.
        path: Its folder is there. A file there before is replaced at the end.

    Raises:
        DiskFullError: If there is no room for it.
    """
    # As mmengine does: torch itself has no words for a full disk.
    write_buffered(path, lambda file: torch.save(content, file))
