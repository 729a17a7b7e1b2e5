"""A list of images, and the record of where it is from."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from ...utils.files import write_bytes, write_json


def write_list(
    path: Path, images: dict[str, int], **origin: Any
) -> dict[str, Any]:
    """Write ``NAME LABEL`` lines, and a .json beside them.

    Args:
        path: A .txt; its folder is made.
        images: Labels by name.
        origin: Further entries of the record: percent, and seed or
            published list.

    Returns:
        The record.
    """
    lines = [f'{name} {label}\n' for name, label in images.items()]
    content = ''.join(lines).encode()
    counts = Counter(images.values())
    record = dict(
        **origin,
        images=len(images),
        classes=len(counts),
        fewest=min(counts.values()),
        most=max(counts.values()),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)
    write_json(path.with_suffix('.json'), record)
    return record
