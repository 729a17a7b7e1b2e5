"""Annotation files in COCO's format, and the images that they name."""

from __future__ import annotations

import json
from typing import Any

from ...downstream.coco_file import find_fault, plain
from .report import Report


def load_json(report: Report, name: str, remedy: str = '') -> Any:
    """Read a file; if there is none to read that is a problem, and None."""
    if not report.has(name, remedy):
        return None
    try:
        return json.loads((report.root / name).read_text())
    except ValueError as error:
        report.problem(f'{name} is not JSON (cut off?): {error}')
        return None


def load_annotations(
    report: Report, name: str, remedy: str = ''
) -> dict[str, Any] | None:
    """Read an annotation file; if it is not consistent in itself that is a
    problem, and None."""
    content = load_json(report, name, remedy)
    if content is None:
        return None
    fault = find_fault(content, 'bbox')
    if fault:
        report.problem(f'{name}: {fault}')
        return None
    return content


def check_images(
    report: Report, content: dict, name: str, folder: str, published: int
) -> None:
    """Check that the images that a file lists are there and whole.

    Args:
        report: Gets what is found.
        content: The file's.
        name: The file's.
        folder: Where the images are.
        published: How many there are in the published data set.
    """
    if not report.has(folder):
        return
    sizes = {
        image['file_name']: (image['width'], image['height'])
        for image in content['images']
    }
    report.count(f'images in {name}', len(sizes), published)
    there = {n for n in sizes if (report.root / folder / n).is_file()}
    report.missing((f'{folder}/{n}' for n in sizes.keys() - there), name)
    report.decode(folder, there, sizes)


def check_keypoints(
    report: Report, content: dict, name: str, keypoints: tuple[str, ...]
) -> None:
    """Check that every figure has the keypoints, in the right order."""
    for category in content['categories']:
        names = [plain(k) for k in category.get('keypoints', [])]
        if names != [plain(keypoint) for keypoint in keypoints]:
            report.problem(
                f'{name}: the keypoints of {category["name"]} are not the '
                f'{len(keypoints)} expected, in their order'
            )
            return
    for annotation in content['annotations']:
        if len(annotation.get('keypoints', [])) != 3 * len(keypoints):
            report.problem(
                f'{name}: annotation {annotation["id"]} has not '
                f'{len(keypoints)} keypoints of x, y and visibility'
            )
            return
