"""Pictures and annotations to disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..utils.files import write_text


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a picture, whose folder is made.

    Raises:
        OSError: If that does not work.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), image):
        raise OSError(f'OpenCV could not write {path}')


def write_json(path: Path, content: Any) -> None:
    """Write a file, whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(content))


def image_entry(
    image_id: int, file_name: str, image: np.ndarray
) -> dict[str, Any]:
    """What COCO's annotation files say of a picture."""
    height, width = image.shape[:2]
    return dict(id=image_id, file_name=file_name, height=height, width=width)
