"""COCO, for detection and for human pose estimation, and AP-10K."""

from __future__ import annotations

from ...toy_data.garments import CLASSES as GARMENTS
from ...toy_data.people import KEYPOINTS as PERSON_KEYPOINTS
from ...toy_data.pose import DETECTIONS
from ...toy_data.quadrupeds import KEYPOINTS as ANIMAL_KEYPOINTS
from .coco_style import (
    check_images,
    check_keypoints,
    load_annotations,
    load_json,
)
from .report import Report

PUBLISHED = dict(train2017=118287, val2017=5000)
AP10K_PUBLISHED = dict(train=7023, val=995, test=1997)
AP10K_SPECIES = 54
FURTHER_SPLITS = (2, 3)  # the same images, drawn anew
# fmt: off
CLASSES = (
    'person', 'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train',
    'truck', 'boat', 'traffic light', 'fire hydrant', 'stop sign',
    'parking meter', 'bench', 'bird', 'cat', 'dog', 'horse', 'sheep', 'cow',
    'elephant', 'bear', 'zebra', 'giraffe', 'backpack', 'umbrella', 'handbag',
    'tie', 'suitcase', 'frisbee', 'skis', 'snowboard', 'sports ball', 'kite',
    'baseball bat', 'baseball glove', 'skateboard', 'surfboard',
    'tennis racket', 'bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon',
    'bowl', 'banana', 'apple', 'sandwich', 'orange', 'broccoli', 'carrot',
    'hot dog', 'pizza', 'donut', 'cake', 'chair', 'couch', 'potted plant',
    'bed', 'dining table', 'toilet', 'tv', 'laptop', 'mouse', 'remote',
    'keyboard', 'cell phone', 'microwave', 'oven', 'toaster', 'sink',
    'refrigerator', 'book', 'clock', 'vase', 'scissors', 'teddy bear',
    'hair drier', 'toothbrush',
)
# fmt: on


def check_coco(report: Report) -> None:
    """Check both splits of COCO for detection."""
    for folder, published in PUBLISHED.items():
        name = f'annotations/instances_{folder}.json'
        content = load_annotations(report, name)
        if content is None:
            report.has(folder)
            continue
        check_images(report, content, name, folder, published)
        ordered = sorted(content['categories'], key=lambda c: c['id'])
        names = tuple(category['name'] for category in ordered)
        if names == GARMENTS:
            report.warnings.append(
                f'{name} has the classes of toy data, not COCO: see '
                'docs/data.md for the options that a config needs'
            )
        elif names != CLASSES:
            report.problem(
                f'{name}: the {len(names)} categories are not the '
                f"{len(CLASSES)} of COCO's detection, in their order"
            )
        if not all('segmentation' in a for a in content['annotations']):
            report.problem(f'{name}: an annotation has no segmentation')


def check_coco_pose(report: Report) -> None:
    """Check both splits of COCO's people, and the detections of people."""
    for folder, published in PUBLISHED.items():
        name = f'annotations/person_keypoints_{folder}.json'
        content = load_annotations(report, name)
        if content is None:
            report.has(folder)
            continue
        check_images(report, content, name, folder, published)
        check_keypoints(report, content, name, PERSON_KEYPOINTS)
    name = f'person_detection_results/{DETECTIONS}'
    detections = load_json(report, name, "mmpose's configs validate with it")
    if detections is None or content is None:
        return
    needed = {'image_id', 'category_id', 'bbox', 'score'}
    if not isinstance(detections, list) or not all(
        isinstance(one, dict) and needed <= one.keys() for one in detections
    ):
        report.problem(
            f'{name} is not a list of objects with {", ".join(sorted(needed))}'
        )
        return
    images = {image['id'] for image in content['images']}
    if not {one['image_id'] for one in detections} <= images:
        report.problem(f'{name} names images that are not those of val2017')


def check_ap10k(report: Report) -> None:
    """Check the first split of AP-10K, and the others if they are there."""
    species: set[str] = set()
    for split, published in AP10K_PUBLISHED.items():
        name = f'annotations/ap10k-{split}-split1.json'
        content = load_annotations(report, name)
        if content is None:
            continue
        check_images(report, content, name, 'data', published)
        check_keypoints(report, content, name, ANIMAL_KEYPOINTS)
        species |= {category['name'] for category in content['categories']}
    if species:
        report.count('categories', len(species), AP10K_SPECIES)
    for number in FURTHER_SPLITS:
        for split in AP10K_PUBLISHED:
            name = f'annotations/ap10k-{split}-split{number}.json'
            if (report.root / name).exists():
                check_further(report, name)


def check_further(report: Report, name: str) -> None:
    """Check a file of another split; its images have been decoded."""
    content = load_annotations(report, name)
    if content is None:
        return
    check_keypoints(report, content, name, ANIMAL_KEYPOINTS)
    images = [f'data/{image["file_name"]}' for image in content['images']]
    report.missing(
        (image for image in images if not (report.root / image).is_file()),
        name,
    )
    report.good.append(f'images in {name}: {len(images):,}')
