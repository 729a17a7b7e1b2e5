"""The lists of a data set, all that are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .draw import draw
from .files import write_list
from .images import READERS
from .published import read_published


def make_lists(
    dataset: str,
    root: Path,
    percents: list[int],
    published: Path | None = None,
    seed: int = 0,
    out: Path | None = None,
) -> None:
    """Write a list for each percentage, and say what is in it.

    Args:
        dataset: One of ``READERS``.
        root: The data set's folder.
        percents: How much of the data set each list has.
        published: A list to take in place of a draw.
        seed: What decides the draw.
        out: The folder that gets the lists. The default is the data set's
            ``meta``.

    Raises:
        OSError: If a file is missing, or cannot be written.
        ValueError: See :func:`draw` and :func:`read_published`.
    """
    images = READERS[dataset](root)
    for percent in percents:
        origin: dict[str, Any] = dict(percent=percent)
        if published:
            chosen = read_published(published, images)
            origin['published'] = published.name
        else:
            chosen = draw(images, percent, seed)
            origin['seed'] = seed
        path = (out or root / 'meta') / f'train_{percent}percent.txt'
        record = write_list(path, chosen, **origin)
        print(
            f'wrote {path}: {record["images"]} of {len(images)} images, '
            f'{record["fewest"]} to {record["most"]} of each of '
            f'{record["classes"]} classes, sha256 {record["sha256"][:12]}'
        )
