"""Lists by which data with other than ImageNet's classes can be read."""

from __future__ import annotations

import os
from pathlib import Path

from ...utils.check_pictures import EXTENSIONS
from ...utils.files import write_text
from .report import Report


def find_images(root: Path, split: str) -> tuple[set[str], set[str]]:
    """The names of the classes' folders, and of the images in ``split``."""
    folders: set[str] = set()
    there: set[str] = set()
    for entry in os.scandir(root / split):
        if entry.is_dir():
            folders.add(entry.name)
            there |= {f'{entry.name}/{name}' for name in os.listdir(entry)}
        else:
            there.add(entry.name)
    return folders, {n for n in there if n.lower().endswith(EXTENSIONS)}


def write_lists(report: Report) -> None:
    """Write ``meta/train.txt`` and ``meta/val.txt``, where there are none.

    Labels count the folders of ``train`` that hold images, in alphabetical
    order from 0; ``val`` may lack some. What is written, and what forbids it,
    is noted in the report.
    """
    root = report.root
    lists = {
        split: root / 'meta' / f'{split}.txt' for split in ('train', 'val')
    }
    for path in lists.values():
        if path.exists():
            report.warnings.append(f'{path} is there, and no list is written')
            return
    if not all((root / split).is_dir() for split in lists):
        return  # the check names them
    images = {split: find_images(root, split)[1] for split in lists}
    names = {
        x: {n.split('/')[0] for n in images[x] if '/' in n} for x in lists
    }
    if not all(names.values()):
        return
    unknown = names['val'] - names['train']
    if unknown:
        report.several(
            (f'val/{name}' for name in unknown),
            'or folders of classes are in val alone, and no list is written',
        )
        return
    labels = {name: i for i, name in enumerate(sorted(names['train']))}
    (root / 'meta').mkdir(exist_ok=True)
    for split, path in lists.items():
        listed = sorted(name for name in images[split] if '/' in name)
        lines = [f'{name} {labels[name.split("/")[0]]}\n' for name in listed]
        write_text(path, ''.join(lines))
        report.good.append(f'wrote {path}: {len(listed):,} images')
    report.good.append(
        f'a classifier of these {len(labels):,} classes needs '
        f'`--cfg-options model.head.num_classes={len(labels)}`'
    )
