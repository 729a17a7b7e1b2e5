"""Masks of semantic segmentation, as mmseg reads them."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from typing import Any

import mmcv
import numpy as np

from ..images import UnreadableImageError, read_image
from .labels import check_labels, to_labels
from .missing import refuse_missing
from .notes import Notes
from .read import ReadSet

# Pictures and masks of a data set that are looked at before a run.
SAMPLES = 100


def check_segmentation(
    read: ReadSet,
    notes: Notes,
    ignored: set[int],
    samples: int | None = SAMPLES,
) -> None:
    """Check the labels in a data set's masks.

    Args:
        read: A data set that mmseg's ``BaseSegDataset`` reads.
        notes: Remembers what was looked at.
        ignored: Labels that no class has.
        samples: How many masks are looked at; None for all.

    Raises:
        ValueError: If there are no pictures, files are missing or broken, a
            mask is of another size than its picture, or its labels are not
            those of the config's classes.
    """
    data_set = read.data_set
    setting, load = read.transform('LoadAnnotations')
    reduced = load.get('reduce_zero_label')
    if reduced is not None and reduced != data_set.reduce_zero_label:
        raise ValueError(
            f'`{setting}.reduce_zero_label` is {reduced}, and that of '
            f'`{read.setting}` is {data_set.reduce_zero_label}; set the '
            'latter alone'
        )
    settings = (data_set.data_prefix, data_set.ann_file, data_set.metainfo)
    key = (repr(settings), repr(load))
    notes.once(key, partial(check_files, read, load, ignored, samples))


def check_files(
    read: ReadSet, load: dict, ignored: set[int], samples: int | None
) -> None:
    """Do what :func:`check_segmentation` promises of files.

    Args:
        read: A data set of mmseg's.
        load: The transform that loads masks, empty if none does.
        ignored: Labels that no class has.
        samples: How many masks are looked at; None for all.
    """
    data_set = read.data_set
    files = data_set.load_data_list()
    if not files:
        raise ValueError(
            f'{data_set.data_prefix.get("img_path")} has no picture that ends '
            f'in {data_set.img_suffix}, which `{read.setting}.img_suffix` '
            'asks for'
        )
    refuse_missing((x['img_path'] for x in files), f'`{read.setting}`')
    if not load or 'seg_map_path' not in files[0]:
        return
    refuse_missing(
        (x['seg_map_path'] for x in files),
        f'`{read.setting}` (masks end in {data_set.seg_map_suffix})',
    )
    count = len(files) if samples is None else min(samples, len(files))
    chosen = random.Random(0).sample(files, count)  # nosec B311
    met: dict[int, str] = {}  # each value, and a mask that has it
    for info in chosen:
        for value in np.unique(look_at(read, info, load)):
            met.setdefault(int(value), info['seg_map_path'])
    check_labels(read, to_labels(chosen[0]), ignored, met, (count, len(files)))


def look_at(read: ReadSet, info: dict[str, Any], load: dict) -> np.ndarray:
    """The mask of one picture, compared with the picture.

    Raises:
        ValueError: If it cannot be read or is no mask.
    """
    path = info['seg_map_path']
    try:
        mask = mmcv.imfrombytes(
            Path(path).read_bytes(),
            'unchanged',
            backend=load.get('imdecode_backend', 'pillow'),
        )
    except Exception as error:  # of whatever library
        raise ValueError(f'cannot read mask {path}: {error}') from None
    if mask is None:
        raise ValueError(f'cannot read mask {path}: it is no image')
    mask = mask.squeeze()
    if mask.ndim != 2:
        raise ValueError(
            f'mask {path} has {mask.shape[-1]} channels, and a label needs '
            'one: write a picture of labels in place of colours'
        )
    if mask.max() > 255:
        raise ValueError(
            f'mask {path} has labels up to {mask.max()}, and those above 255 '
            'are read as other ones: write 8 bits'
        )
    _, loading = read.transform('LoadImageFromFile')
    if loading:
        refuse_other_size(mask, path, info['img_path'], loading)
    return mask


def refuse_other_size(
    mask: np.ndarray, path: str, picture: str, loading: dict
) -> None:
    """Raise if a picture cannot be read or has another size than its mask.

    Raises:
        ValueError: Naming it.
    """
    try:
        image = read_image(
            Path(picture).read_bytes(),
            loading.get('color_type', 'color'),
            loading.get('imdecode_backend', 'cv2'),
        )
    except UnreadableImageError as error:
        raise ValueError(f'cannot read image {picture}: {error}') from None
    if image.shape[:2] != mask.shape:
        raise ValueError(
            f'mask {path} has {mask.shape[1]} x {mask.shape[0]} pixels, and '
            f'its picture {picture} has {image.shape[1]} x {image.shape[0]}'
        )
