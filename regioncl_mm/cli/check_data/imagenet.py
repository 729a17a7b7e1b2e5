"""ImageNet-1k: folders of classes, or lists of images and labels."""

from __future__ import annotations

import os

from .report import Report

PUBLISHED = dict(train=1281167, val=50000)
CLASSES = 1000
# What mmpretrain reads.
SUFFIXES = ('.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif')


def check_imagenet(report: Report) -> None:
    """Check both splits, and that they have the same classes."""
    classes: dict[str, set[str]] = {}
    for split, published in PUBLISHED.items():
        if not report.has(split):
            continue
        folders, there = find_images(report, split)
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


def find_images(report: Report, split: str) -> tuple[set[str], set[str]]:
    """The names of the classes' folders, and of the images in ``split``."""
    folders: set[str] = set()
    there: set[str] = set()
    for entry in os.scandir(report.root / split):
        if entry.is_dir():
            folders.add(entry.name)
            there |= {f'{entry.name}/{name}' for name in os.listdir(entry)}
        else:
            there.add(entry.name)
    return folders, {n for n in there if n.lower().endswith(SUFFIXES)}


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
