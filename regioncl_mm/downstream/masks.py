"""Outlines of objects in COCO's format, as mmdet reads them."""

from __future__ import annotations

from typing import Any

from .notes import Notes
from .read import ReadSet


def check_masks(
    read: ReadSet,
    notes: Notes,
    annotations: list[dict],
    content: dict[str, Any],
) -> None:
    """Check the masks of those who need them.

    Args:
        read: A data set of mmdet's.
        notes: Gets what is to be changed: polygon loading passes over run
            lengths, so they become bitmaps.
        annotations: Those that mmdet takes.
        content: The file's.

    Raises:
        ValueError: If an annotation has no mask, or none can be used.
    """
    setting, load = read.transform('LoadAnnotations')
    measured = any('segm' in metrics_of(x) for x in read.evaluators)
    if not (load.get('with_mask') or measured):
        return
    file, total = read.data_set.ann_file, len(annotations)
    lacking = [a['id'] for a in annotations if not a.get('segmentation')]
    if lacking:
        raise ValueError(
            f'{file}: {len(lacking)} of {total} annotations have no '
            f'`segmentation` (the first has the id {lacking[0]}), neither '
            'polygons nor run lengths, and '
            f'{f"`{setting}` loads" if setting else "the metric needs"} '
            'masks. Add them, or take the config of a detector of boxes '
            'alone, such as RetinaNet'
        )
    sizes = {x['id']: [x['height'], x['width']] for x in content['images']}
    for one in annotations:
        fault = find_mask_fault(one['segmentation'], sizes[one['image_id']])
        if fault:
            raise ValueError(f'{file}: annotation {one["id"]} {fault}')
    own = [a['segmentation'] for a in annotations if not a.get('iscrowd')]
    if not any(map(is_usable, own)):
        raise ValueError(
            f'{file}: none of the {total} annotations has a polygon of three '
            'points or run lengths, so nothing would be learned of masks'
        )
    runs = sum(isinstance(mask, dict) for mask in own)
    if runs and load.get('with_mask') and not load.get('poly2mask', True):
        notes.change(
            f'{setting}.poly2mask',
            True,
            f'{runs} of the {total} masks of {file} are run lengths, which '
            'the loading of polygons leaves out',
        )


def find_mask_fault(mask: Any, size: list[int]) -> str:
    """Say what is wrong with a mask; empty if nothing is.

    Args:
        mask: An annotation's ``segmentation``.
        size: Height and width of its picture.
    """
    if isinstance(mask, dict):
        if mask.get('size') != size:
            return (
                f'has a mask of the size {mask.get("size")}, and its picture '
                f'{size}, height and width'
            )
    elif not all(isinstance(points, list) for points in mask):
        return 'has a `segmentation` that is no list of polygons'
    return ''


def is_usable(mask: Any) -> bool:
    """Whether a mask is run lengths or has a polygon of three points."""
    if isinstance(mask, dict):
        return bool(mask.get('counts'))
    return any(len(points) >= 6 for points in mask)


def metrics_of(metric: dict) -> list[str]:
    """What one of mmdet's metrics measures, such as ``['bbox', 'segm']``."""
    names = metric.get('metric') or []
    return [names] if isinstance(names, str) else list(names)
