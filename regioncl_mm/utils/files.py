"""Files that are whole or not there."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any, Callable


def write_atomically(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file under another name first, and give it its own when done.

    Whoever reads ``path`` meanwhile, or after an interruption, finds the whole
    file, the one before it, or none.

    Args:
        path: The file to write; its folder is there.
        write: Writes the content to the path that it is given.
    """
    partial = path.with_name(f'.{path.name}.{uuid.uuid4().hex}.part')
    try:
        write(partial)
        os.replace(partial, path)
    finally:
        if partial.exists():
            partial.unlink()


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a dict as JSON, by :func:`write_atomically`."""
    text = json.dumps(content, indent=2) + '\n'
    write_atomically(path, lambda to: to.write_text(text, encoding='utf-8'))


def read_json(path: Path) -> dict[str, Any] | None:
    """Read what :func:`write_json` wrote; None if there is no such file.

    Raises:
        ValueError: If it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f'{path} is not JSON ({error})') from None
