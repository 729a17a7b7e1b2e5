"""Pictures that a data set leaves out, and does not say so."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mmengine.dist import is_main_process

from .data_sets import inner_data_sets
from .files_below import files_below

# Of pictures, besides those that mmpretrain reads unless `extensions` says
# otherwise.
ENDINGS = (
    *('.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif', '.tiff'),
    *('.webp', '.gif', '.avif', '.heic', '.heif', '.jfif', '.jpe', '.jp2'),
)


def unread_pictures(data_set: Any) -> list[str]:
    """What is to be said of each folder with pictures that are left out.

    Args:
        data_set: Any; looked at are the folders that mmpretrain's
            ``CustomDataset`` searches for files with its ``extensions``.
    """
    remarks = []
    for inner in inner_data_sets(data_set):
        read = getattr(inner, 'extensions', None)
        if not read or inner.ann_file:
            continue
        folder = inner.img_prefix.rstrip('/')
        counts = count_endings(folder)
        left_out = {x: n for x, n in counts.items() if x not in read}
        if left_out:
            remarks.append(
                f'{sum(left_out.values())} pictures in {folder} are left '
                'out, for `extensions` of the data set lacks the endings of '
                f'their names: {describe(left_out)}. Add those to be read'
            )
    return remarks


def count_endings(folder: str) -> Counter[str]:
    """How many pictures there are at any depth, by their endings."""
    counts: Counter[str] = Counter()
    for file in files_below(folder, hidden_folders=True):
        if (ending := file.suffix.lower()) in ENDINGS:
            counts[ending] += 1
    return counts


def describe(counts: dict[str, int]) -> str:
    """Counts by their endings, such as ``.gif (2), .webp (1)``."""
    return ', '.join(f'{x} ({n})' for x, n in sorted(counts.items()))


def warn_of_unread(runner: Any, data_set: Any) -> None:
    """Log what :func:`unread_pictures` says, once for all processes."""
    if is_main_process():
        for remark in unread_pictures(data_set):
            runner.logger.warning(remark)
