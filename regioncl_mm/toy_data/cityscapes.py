"""The scenes in Cityscapes' layout.

    cityscapes/leftImg8bit/{train,val}/toytown/toytown_000000_000019_*.png
    cityscapes/gtFine/{train,val}/toytown/toytown_000000_000019_gtFine_*
    cityscapes/annotations/instancesonly_filtered_gtFine_{train,val}.json

The last is what mmdet's converter makes of the instance maps, and the maps of
train ids what mmsegmentation's makes of the polygons.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator, NamedTuple

import cv2
import numpy as np
from pycocotools import mask as run_lengths

from .canvas import SIDE
from .files import write_image, write_json
from .garments import CLASSES
from .outlines import box
from .scenes import Scene

CITY = 'toytown'
BORDER = 2  # pixels around the picture that count as outside of it


class Label(NamedTuple):
    """One of Cityscapes' classes."""

    name: str
    id: int
    train_id: int  # 255: not evaluated
    has_instances: bool = False


OUTSIDE = Label('out of roi', 3, 255)
ROAD = Label('road', 7, 0)  # the canvas
GARMENTS = {
    'T-shirt/top': Label('person', 24, 11, True),
    'Trouser': Label('rider', 25, 12, True),
    'Pullover': Label('car', 26, 13, True),
    'Dress': Label('truck', 27, 14, True),
    'Coat': Label('bus', 28, 15, True),
    'Sandal': Label('train', 31, 16, True),
    'Shirt': Label('motorcycle', 32, 17, True),
    'Sneaker': Label('bicycle', 33, 18, True),
    'Bag': Label('traffic sign', 20, 7),
    'Ankle boot': Label('vegetation', 21, 8),
}
LABELS = [GARMENTS[name] for name in CLASSES]


def write_cityscapes(root: Path, split: str, scenes: list[Scene]) -> None:
    """Write the scenes of a split, ``train`` or ``val``."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for index, scene in enumerate(scenes):
        name = f'{CITY}/{CITY}_{index:06}_000019'
        truth = f'{root}/gtFine/{split}/{name}_gtFine_'
        label_ids, train_ids, instance_ids = label_maps(scene)
        picture = f'{name}_leftImg8bit.png'
        write_image(root / 'leftImg8bit' / split / picture, scene.image)
        write_image(Path(truth + 'labelIds.png'), label_ids)
        write_image(Path(truth + 'labelTrainIds.png'), train_ids)
        write_image(Path(truth + 'instanceIds.png'), instance_ids)
        write_json(Path(truth + 'polygons.json'), label_polygons(scene))
        images.append(
            dict(
                file_name=picture,
                height=SIDE,
                width=SIDE,
                segm_file=f'{name}_gtFine_labelIds.png',
                id=index,
            )
        )
        for annotation in instances(instance_ids):
            ids = dict(image_id=index, id=len(annotations))
            annotations.append(dict(annotation, **ids))
    write_json(
        root / f'annotations/instancesonly_filtered_gtFine_{split}.json',
        dict(
            images=images,
            categories=[
                dict(id=label.id, name=label.name)
                for label in LABELS
                if label.has_instances
            ],
            annotations=annotations,
        ),
    )


def label_maps(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cityscapes' maps of a scene.

    Returns:
        Label ids and train ids, (H, W) uint8, and instance ids, (H, W)
        uint16.
    """
    shape = (SIDE, SIDE)
    label_ids = np.full(shape, OUTSIDE.id, np.uint8)
    train_ids = np.full(shape, OUTSIDE.train_id, np.uint8)
    instance_ids = np.full(shape, OUTSIDE.id, np.uint16)
    inside = slice(BORDER, SIDE - BORDER), slice(BORDER, SIDE - BORDER)
    label_ids[inside] = instance_ids[inside] = ROAD.id
    train_ids[inside] = ROAD.train_id
    count = dict.fromkeys(LABELS, 0)
    for index, garment in enumerate(scene.garments):
        label, visible = LABELS[garment.label], scene.visible(index)
        label_ids[visible] = instance_ids[visible] = label.id
        train_ids[visible] = label.train_id
        if label.has_instances:
            instance_ids[visible] = label.id * 1000 + count[label]
        count[label] += 1
    return label_ids, train_ids, instance_ids


def label_polygons(scene: Scene) -> dict[str, Any]:
    """A scene in Cityscapes' own form; later objects cover earlier ones."""
    first, last = BORDER, SIDE - BORDER - 1
    objects = [
        dict(label=OUTSIDE.name, polygon=square(0, SIDE - 1)),
        dict(label=ROAD.name, polygon=square(first, last)),
    ]
    for index, garment in enumerate(scene.garments):
        outline, _ = cv2.findContours(
            scene.visible(index).astype(np.uint8),
            cv2.RETR_EXTERNAL,
            cv2.CHAIN_APPROX_NONE,
        )
        label = LABELS[garment.label].name
        objects.append(dict(label=label, polygon=outline[0][:, 0].tolist()))
    return dict(imgHeight=SIDE, imgWidth=SIDE, objects=objects)


def square(first: int, last: int) -> list[list[int]]:
    """The corners of a square around the picture's middle."""
    return [[first, first], [last, first], [last, last], [first, last]]


def instances(instance_ids: np.ndarray) -> Iterator[dict[str, Any]]:
    """The annotations of an instance map, with masks as run lengths."""
    for value in np.unique(instance_ids[instance_ids >= 1000]):
        mask = instance_ids == value
        encoded = run_lengths.encode(np.asfortranarray(mask, np.uint8))
        encoded['counts'] = encoded['counts'].decode()
        yield dict(
            iscrowd=0,
            category_id=int(value) // 1000,
            bbox=[float(edge) for edge in box(mask)],
            area=int(mask.sum()),
            segmentation=encoded,
        )
