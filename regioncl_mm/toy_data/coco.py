"""The scenes in COCO's layout for detection.

coco/{train2017,val2017}/000000000001.jpg
coco/annotations/instances_{train2017,val2017}.json
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .files import image_entry, write_image, write_json
from .garments import CLASSES
from .outlines import describe
from .scenes import Scene


def write_coco(root: Path, split: str, scenes: list[Scene]) -> None:
    """Write the scenes of a split, ``train`` or ``val``."""
    folder = f'{split}2017'
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, scene in enumerate(scenes, 1):
        name = f'{image_id:012}.jpg'
        write_image(root / folder / name, scene.image)
        images.append(image_entry(image_id, name, scene.image))
        for index, garment in enumerate(scene.garments):
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=garment.label + 1,
                    source=garment.source,  # not COCO's: of Fashion-MNIST
                    **describe(scene.visible(index)),
                )
            )
    write_json(
        root / 'annotations' / f'instances_{folder}.json',
        dict(
            info=dict(description='toy scenes of Fashion-MNIST garments'),
            licenses=[],
            images=images,
            annotations=annotations,
            categories=[
                dict(id=label + 1, name=name, supercategory='garment')
                for label, name in enumerate(CLASSES)
            ],
        ),
    )
