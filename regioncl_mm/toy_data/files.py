"""Pictures and annotations to disk."""

import json
from pathlib import Path

import cv2


def write_image(path: Path, image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), image):
        raise OSError(f'OpenCV could not write {path}')


def write_json(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def image_entry(image_id: int, file_name: str, image) -> dict:
    """What COCO's annotation files say of a picture."""
    height, width = image.shape[:2]
    return dict(id=image_id, file_name=file_name, height=height, width=width)
