"""Pictures are looked at before the training, for whether they can teach."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple, Sequence

import cv2
import numpy as np

from ...images import UnreadableImageError, read_image
from ..check_data.report import AT_MOST

AT_ONCE = 16  # pictures that a process is given
# A share of broken pictures above which, and a number above which, the folder
# itself is thought to be broken.
BROKEN_SHARE, BROKEN_COUNT = 0.05, 3
SIDE = 8  # pixels of the thumbnails by which pictures are told apart
# Levels that those of two pictures differ by on average; what saving a JPEG
# anew changes is less.
ALIKE = 1.0


class Look(NamedTuple):
    """What one picture is: its shorter side in pixels, its small copy,
    and why it is not read; empty if it is."""

    side: int
    thumbnail: bytes
    fault: str


class Seen(NamedTuple):
    """What looking at pictures has shown.

    Attributes:
        looked_at: How many were.
        side: The median of their shorter sides, in pixels.
        different: How many different ones are among them.
        broken: Why each of those that are not read is not, by its name.
    """

    looked_at: int
    side: int
    different: int
    broken: dict[str, str]


def look_at(path: Path) -> Look:
    """Read a picture as training does."""
    try:
        image = read_image(path.read_bytes())
    except (OSError, UnreadableImageError) as error:
        return Look(0, b'', str(error))
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return Look(min(image.shape[:2]), small.tobytes(), '')


def look_at_all(
    folder: Path, names: Sequence[str], at_most: int, workers: int
) -> Seen:
    """Read so many pictures, drawn at random, and refuse hopeless folders.

    Raises:
        ValueError: If more than a few are broken, or all are alike.
    """
    chosen = sorted(names)
    if len(chosen) > at_most:
        draw = np.random.RandomState(0).permutation(len(names))[:at_most]
        chosen = [chosen[i] for i in sorted(draw)]
    paths = [folder / name for name in chosen]
    if workers < 2 or len(paths) <= AT_ONCE:
        looks = [look_at(path) for path in paths]
    else:
        with ProcessPoolExecutor(workers) as pool:
            looks = list(pool.map(look_at, paths, chunksize=AT_ONCE))
    broken = {n: x.fault for n, x in zip(chosen, looks) if x.fault}
    refuse_broken(folder, broken, len(chosen))
    whole = [x for x in looks if not x.fault]
    different = count_different([x.thumbnail for x in whole])
    if different < 2:
        raise ValueError(
            f'all {len(whole)} pictures that were looked at in {folder} look '
            'alike: telling pictures apart is what is learnt, and here is '
            'nothing to tell apart'
        )
    side = int(np.median([x.side for x in whole]))
    return Seen(len(chosen), side, different, broken)


def count_different(thumbnails: Sequence[bytes]) -> int:
    """How many thumbnails are like none before them."""
    kept = np.zeros((len(thumbnails), SIDE * SIDE * 3), np.int16)
    count = 0
    for content in thumbnails:
        levels = np.frombuffer(content, np.uint8).astype(np.int16)
        differ = np.abs(kept[:count] - levels).mean(1)
        if not (differ < ALIKE).any():
            kept[count] = levels
            count += 1
    return count


def refuse_broken(folder: Path, broken: dict[str, str], count: int) -> None:
    """Raise if more than a few of ``count`` pictures are not read."""
    few = max(BROKEN_COUNT, BROKEN_SHARE * count)
    if len(broken) <= few and len(broken) < count:
        return
    named = [f'{name}: {why}' for name, why in broken.items()][:AT_MOST]
    raise ValueError(
        f'{len(broken)} of the {count} pictures that were looked at in '
        f'{folder} cannot be read, more than a few; '
        '`python tools/check_data.py images FOLDER --output bad.txt` names '
        'all of them. Repair or remove them:\n  ' + '\n  '.join(named)
    )
