"""Images decoded as training decodes them, by several processes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Iterable, NamedTuple, Sequence

from ...images import UnreadableImageError, read_image

AT_ONCE = 32  # images that a process is given


class Found(NamedTuple):
    """What an image file is."""

    size: tuple[int, int]  # width, height
    fault: str  # why it is not read; empty if it is


def look_at_all(
    paths: Sequence[Path], color_type: str, workers: int
) -> Iterable[Found]:
    """What each of the files is, in their order.

    Args:
        paths: The files.
        color_type: As :func:`~regioncl_mm.images.read_image` has it.
        workers: Processes that decode; few files are decoded in this one.
    """
    look = partial(look_at, color_type=color_type)
    if workers < 2 or len(paths) <= AT_ONCE:
        yield from map(look, paths)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(look, paths, chunksize=AT_ONCE)


def look_at(path: Path, color_type: str) -> Found:
    """What one file is."""
    try:
        image = read_image(path.read_bytes(), color_type)
    except (OSError, UnreadableImageError) as error:
        return Found((0, 0), str(error))
    return Found((image.shape[1], image.shape[0]), '')
