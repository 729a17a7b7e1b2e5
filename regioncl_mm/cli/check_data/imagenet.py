"""ImageNet-1k: folders of classes, or lists of images and labels."""

from __future__ import annotations

from .imagenet_lists import find_images
from .report import Report

PUBLISHED = dict(train=1281167, val=50000)
CLASSES = 1000


def check_imagenet(report: Report) -> None:
    """Check both splits, and that they have the same classes."""
    classes: dict[str, set[str]] = {}
    for split, published in PUBLISHED.items():
        if not report.has(split):
            continue
        folders, there = find_images(report.root, split)
        report.count(f'images in {split}', len(there), published)
        if (report.root / 'meta' / f'{split}.txt').exists():
            check_list(report, split, there)
        else:
            classes[split] = folders
            check_folders(report, split, folders, there)
        report.decode(split, there)
    if len(classes) == 2 and classes['train'] != classes['val']:
        report.several(
            (f'val/{name}' for name in classes['train'] - classes['val']),
            'or folders of classes are in train alone',
        )
        report.several(
            (f'train/{name}' for name in classes['val'] - classes['train']),
            'or folders of classes are in val alone',
        )


def check_folders(
    report: Report, split: str, folders: set[str], there: set[str]
) -> None:
    """Check that all images are in folders of classes, and none is empty."""
    loose = {name for name in there if '/' not in name}
    report.several(
        (f'{split}/{name}' for name in loose),
        "lie outside of the classes' folders",
        f'sort them into folders, or list their labels in meta/{split}.txt',
    )
    filled = {name.split('/')[0] for name in there - loose}
    report.several(
        (f'{split}/{name}' for name in folders - filled),
        'or folders of classes hold no image',
    )
    report.count(f'classes in {split}', len(folders), CLASSES)
    if len(folders) != CLASSES:
        report.problem(
            f'{split} has {len(folders):,} folders of classes, and configs '
            f'read folders of {CLASSES:,} alone; of other classes they read '
            'lists in meta, which --write-lists writes'
        )


def check_list(report: Report, split: str, there: set[str]) -> None:
    """Check ``meta/SPLIT.txt``, an image and its label a line."""
    name = f'meta/{split}.txt'
    listed: set[str] = set()
    labels: set[str] = set()
    text = (report.root / name).read_text()
    for number, line in enumerate(text.splitlines(), 1):
        image, _, label = line.strip().rpartition(' ')
        if not image or not label.isdigit() or int(label) >= CLASSES:
            report.problem(
                f'{name}, line {number}: not an image and a label from 0 to '
                f'{CLASSES - 1}: {line!r}'
            )
            return
        listed.add(image)
        labels.add(label)
    report.count(f'classes in {name}', len(labels), CLASSES)
    report.missing((f'{split}/{n}' for n in listed - there), name)
