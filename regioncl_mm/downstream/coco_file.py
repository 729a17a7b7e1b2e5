"""Annotation files in COCO's format, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterable, Sequence

FIELDS = dict(
    images=('id', 'file_name', 'width', 'height'),
    annotations=('id', 'image_id', 'category_id'),
    categories=('id', 'name'),
)
WORDS = dict(l='left', r='right', f='front', b='back')
AT_MOST = 8  # names in a message


def read_coco(path: str, *fields: str) -> dict[str, Any]:
    """Read a file that has images, annotations and categories.

    Args:
        path: The file.
        fields: What every annotation needs, as in :func:`find_fault`.

    Raises:
        ValueError: If it is not JSON, or not consistent in itself.
    """
    try:
        content = json.loads(Path(path).read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'{path} is not JSON (cut off?): {error}') from None
    fault = find_fault(content, *fields)
    if fault:
        raise ValueError(f'{path}: {fault}')
    return content


def find_fault(content: Any, *fields: str) -> str:
    """Say what is wrong with an annotation file; empty if nothing is.

    Args:
        content: The file's.
        fields: What every annotation needs beside its ids.
    """
    if not isinstance(content, dict):
        return "is not of COCO's format: the file is not a JSON object"
    needed = dict(FIELDS, annotations=(*FIELDS['annotations'], *fields))
    for key, names in needed.items():
        entries = content.get(key)
        if not isinstance(entries, list) or not entries:
            return f'has no {key}'
        for entry in entries:
            lacking = [name for name in names if name not in entry]
            if lacking:
                which = f' (id {entry["id"]})' if 'id' in entry else ''
                return f'one of the {key} has no {lacking[0]}{which}'
        if len({entry['id'] for entry in entries}) < len(entries):
            return f'two of the {key} have the same id'
    images = {image['id'] for image in content['images']}
    categories = {category['id'] for category in content['categories']}
    for annotation in content['annotations']:
        if annotation['image_id'] not in images:
            return f'annotation {annotation["id"]} is of no listed image'
        if annotation['category_id'] not in categories:
            return f'annotation {annotation["id"]} is of no listed category'
        box = annotation.get('bbox', [0] * 4)
        if not isinstance(box, list) or len(box) != 4 or min(box[2:]) < 0:
            return f'annotation {annotation["id"]} has a broken bbox: {box}'
    return ''


def plain(name: str) -> str:
    """A name as all who write it differently mean it.

    Without capitals, spaces and underscores, which differ; and with the words
    that mmpose has but the first letters of: ``L_F_Paw`` is
    ``left_front_paw``.
    """
    words = name.lower().replace('_', ' ').split()
    return ''.join(WORDS.get(word, word) for word in words)


def listed(names: Iterable[Any]) -> str:
    """The first few of some names, and how many there are if not all."""
    found: Sequence[str] = [str(name) for name in names]
    more = f', … ({len(found)})' if len(found) > AT_MOST else ''
    return ', '.join(found[:AT_MOST]) + more
