"""A list of images, and the record of where it is from."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any


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
    path.write_bytes(content)
    text = json.dumps(record, indent=2) + '\n'
    path.with_suffix('.json').write_text(text, encoding='utf-8')
    return record
