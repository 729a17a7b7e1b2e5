"""Annotation files in COCO's format, and the images that they name."""

import json
from typing import Optional

from .report import Report

FIELDS = dict(
    images=('id', 'file_name', 'width', 'height'),
    annotations=('id', 'image_id', 'category_id', 'bbox'),
    categories=('id', 'name'),
)


def load_json(report: Report, name: str, remedy: str = ''):
    """The content of a file; None, and a problem, if there is none."""
    if not report.has(name, remedy):
        return None
    try:
        return json.loads((report.root / name).read_text())
    except ValueError as error:
        report.problem(f'{name} is not JSON (cut off?): {error}')
        return None


def load_annotations(
    report: Report, name: str, remedy: str = ''
) -> Optional[dict]:
    """An annotation file that is consistent in itself."""
    content = load_json(report, name, remedy)
    if content is None:
        return None
    fault = find_fault(content)
    if fault:
        report.problem(f'{name}: {fault}')
        return None
    return content


def find_fault(content) -> str:
    """What is wrong with an annotation file, or nothing."""
    if not isinstance(content, dict):
        return "is not of COCO's format: the file is not a JSON object"
    for key, fields in FIELDS.items():
        entries = content.get(key)
        if not isinstance(entries, list) or not entries:
            return f'has no {key}'
        for entry in entries:
            lacking = [field for field in fields if field not in entry]
            if lacking:
                return f'one of the {key} has no {lacking[0]}'
        if len({entry['id'] for entry in entries}) < len(entries):
            return f'two of the {key} have the same id'
    images = {image['id'] for image in content['images']}
    categories = {category['id'] for category in content['categories']}
    for annotation in content['annotations']:
        if annotation['image_id'] not in images:
            return f'annotation {annotation["id"]} is of no listed image'
        if annotation['category_id'] not in categories:
            return f'annotation {annotation["id"]} is of no listed category'
        box = annotation['bbox']
        if len(box) != 4 or min(box[2:]) < 0:
            return f'annotation {annotation["id"]} has a broken bbox: {box}'
    return ''


def check_images(
    report: Report, content: dict, name: str, folder: str, published: int
) -> None:
    """Whether the images that the file ``name`` lists are there and whole."""
    if not report.has(folder):
        return
    sizes = {
        image['file_name']: (image['width'], image['height'])
        for image in content['images']
    }
    report.count(f'images in {name}', len(sizes), published)
    there = {
        path.relative_to(report.root / folder).as_posix()
        for path in (report.root / folder).rglob('*')
        if path.is_file()
    }
    report.missing((f'{folder}/{n}' for n in sizes.keys() - there), name)
    report.decode(folder, sizes.keys() & there, sizes)


def check_keypoints(
    report: Report, content: dict, name: str, keypoints: tuple
) -> None:
    """Whether every figure has the keypoints, in the right order."""
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


def plain(name: str) -> str:
    """Names are spelt with spaces, underscores and capitals, or without."""
    return name.lower().replace('_', '').replace(' ', '')
