"""Object boxes of a COCO-format file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Picture(NamedTuple):
    """A picture and the boxes of the objects in it."""

    file: Path
    size: tuple[float, float]  # height and width in pixels, of the boxes
    boxes: np.ndarray  # (n, 4): x, y, width, height in pixels


def read_boxes(ann_file: Path, prefix: Path) -> list[Picture]:
    """Read the pictures that have boxes, in the order of the file.

    Args:
        ann_file: With ``images`` and ``annotations``, as COCO's; labels are
            not read, so that any detector's boxes will do.
        prefix: Folder of the pictures.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is of another form, or has no boxes.
    """
    try:
        content = json.loads(ann_file.read_text(encoding='utf-8'))
        boxes: dict[int, list] = {}
        for entry in content['annotations']:
            if not entry.get('iscrowd'):
                boxes.setdefault(entry['image_id'], []).append(entry['bbox'])
        pictures = [
            Picture(
                prefix / entry['file_name'],
                (entry['height'], entry['width']),
                np.array(boxes[entry['id']], dtype=np.float64).reshape(-1, 4),
            )
            for entry in content['images']
            if entry['id'] in boxes
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f'{ann_file} is not a COCO-format file with images and '
            f'annotations ({error!r})'
        ) from None
    if not pictures:
        raise ValueError(f'{ann_file} has no boxes')
    return pictures


def inside(picture: Picture, size: int) -> Tensor:
    """Tell which pixels of a picture, resized to a square, are an object's.

    Args:
        picture: With boxes.
        size: Side of the square in pixels.

    Returns:
        (size, size) bool: whether a pixel's centre lies in a box.
    """
    height, width = picture.size
    mask = torch.zeros(size, size, dtype=torch.bool)
    centres = (torch.arange(size) + 0.5) / size
    for x, y, w, h in picture.boxes.tolist():
        rows = (centres >= y / height) & (centres < (y + h) / height)
        columns = (centres >= x / width) & (centres < (x + w) / width)
        mask |= rows[:, None] & columns
    return mask
