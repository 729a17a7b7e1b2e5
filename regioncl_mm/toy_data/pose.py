"""Figures in the layouts of COCO's keypoints and of AP-10K.

    coco/{train2017,val2017}/000000100001.jpg
    coco/annotations/person_keypoints_{train2017,val2017}.json
    coco/person_detection_results/COCO_val2017_detections_AP_H_56_person.json
    ap10k/data/000000000001.jpg
    ap10k/annotations/ap10k-{train,val,test}-split1.json

COCO's pictures of people are none of its scenes of garments: their numbers
start after 100,000.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import numpy as np

from . import people, quadrupeds
from .figures import OUT, Figure, draw
from .files import image_entry, write_image, write_json
from .outlines import describe

FIGURES = (1, 3)  # a picture: from, below
FIRST_PERSON = 100001
PERSON: dict[str, Any] = dict(
    id=1,
    name='person',
    supercategory='person',
    keypoints=people.KEYPOINTS,
    skeleton=people.SKELETON,
)
QUADRUPED: dict[str, Any] = dict(
    id=1,
    name='quadruped',
    supercategory='toy',
    keypoints=quadrupeds.KEYPOINTS,
    skeleton=quadrupeds.SKELETON,
)
DETECTIONS = 'COCO_val2017_detections_AP_H_56_person.json'


def write_people(
    root: Path, split: str, count: int, rng: np.random.Generator
) -> None:
    """Write pictures of people for a split, ``train`` or ``val``."""
    folder = f'{split}2017'
    make = people.make_person
    content = write_figures(
        root / folder, make, PERSON, FIRST_PERSON, count, rng
    )
    write_json(root / f'annotations/person_keypoints_{folder}.json', content)
    if split == 'val':
        write_json(
            root / 'person_detection_results' / DETECTIONS,
            [
                dict(
                    image_id=annotation['image_id'],
                    category_id=PERSON['id'],
                    bbox=annotation['bbox'],
                    score=1.0,
                )
                for annotation in content['annotations']
            ],
        )


def write_quadrupeds(
    root: Path, counts: dict[str, int], rng: np.random.Generator
) -> None:
    """Write pictures of animals, so many of each split."""
    first = 1
    make = quadrupeds.make_quadruped
    for split, count in counts.items():
        content = write_figures(
            root / 'data', make, QUADRUPED, first, count, rng
        )
        write_json(root / f'annotations/ap10k-{split}-split1.json', content)
        first += count


def write_figures(
    folder: Path,
    make: Callable[[np.random.Generator], Figure],
    category: dict[str, Any],
    first: int,
    count: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Write pictures of one or two figures each.

    Args:
        folder: Gets the pictures.
        make: What makes a figure.
        category: The figures' category, as COCO describes one.
        first: The number of the first picture.
        count: How many pictures there are.
        rng: What draws all.

    Returns:
        The content of an annotation file.
    """
    images, annotations = [], []
    for image_id in range(first, first + count):
        figures = [make(rng) for _ in range(rng.integers(*FIGURES))]
        image, drawn = draw(figures, rng)
        name = f'{image_id:012}.jpg'
        write_image(folder / name, image)
        images.append(image_entry(image_id, name, image))
        for index, figure in enumerate(drawn):
            labelled = int(np.count_nonzero(figure.keypoints[:, 2] != OUT))
            annotations.append(
                dict(
                    # Unique over the splits, which share no picture.
                    id=10 * image_id + index,
                    image_id=image_id,
                    category_id=category['id'],
                    keypoints=figure.keypoints.ravel().tolist(),
                    num_keypoints=labelled,
                    **describe(figure.mask),
                )
            )
    return dict(
        info=dict(description=f'toy pictures of a {category["name"]}'),
        licenses=[],
        images=images,
        annotations=annotations,
        categories=[category],
    )
