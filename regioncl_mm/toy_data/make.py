"""All toy data sets, in one folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from ..utils.files import write_text
from .cityscapes import write_cityscapes
from .coco import write_coco
from .garments import Garments
from .pose import write_people, write_quadrupeds
from .reassessed import write_reassessed
from .scenes import make_scenes

# Tells a toy set from data that must not be deleted.
MARK = 'toy_data.json'
FOLDERS = ('coco', 'cityscapes', 'ap10k', 'fashion-mnist')
SPLITS = ('train', 'val')


def make_toy_data(
    out: Path,
    data_root: Path,
    scenes: int,
    val_scenes: int,
    seed: int = 0,
    force: bool = False,
) -> None:
    """Make all data sets.

    Args:
        out: The folder that gets them.
        data_root: The folder with Fashion-MNIST's unpacked files.
        scenes: How many scenes there are to train on, and as many pictures
            of people and of animals.
        val_scenes: How many there are to validate on.
        seed: What decides every picture.
        force: Replace an earlier toy set.

    Raises:
        OSError: If ``out`` cannot be written to.
        ValueError: If Fashion-MNIST is not there, or ``out`` holds anything
            that may not be replaced. Then nothing was written or deleted.
    """
    garments = {split: Garments(data_root, split) for split in SPLITS}
    make_room(out, force)
    out.mkdir(parents=True, exist_ok=True)
    counts = dict(train=scenes, val=val_scenes)
    mark = dict(seed=seed, **counts)
    write_text(out / MARK, json.dumps(mark))
    coco, cityscapes, ap10k, fashion = (out / name for name in FOLDERS)
    for number, split in enumerate(SPLITS):
        # A stream each: more scenes change nothing in the people.
        rng = np.random.default_rng([seed, number, 0])
        supply = garments[split].shuffled(rng)
        pictures = list(make_scenes(supply, rng, counts[split]))
        write_coco(coco, split, pictures)
        write_cityscapes(cityscapes, split, pictures)
        rng = np.random.default_rng([seed, number, 1])
        write_people(coco, split, counts[split], rng)
    rng = np.random.default_rng([seed, 0, 2])
    write_quadrupeds(ap10k, dict(counts, test=val_scenes), rng)
    write_reassessed(fashion, garments['train'], garments['val'])


def make_room(out: Path, force: bool) -> None:
    """Delete an earlier toy set if that is wished; nothing else ever is.

    Raises:
        ValueError: If ``out`` then holds anything but what was put beside a
            toy set.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise ValueError(f'{out} is a file; name a folder')
    if not any(out.iterdir()):
        return
    if not (out / MARK).is_file():
        raise ValueError(
            f'{out} holds something else than a toy set ({MARK} is missing); '
            'name a new folder'
        )
    if not force:
        raise ValueError(f'{out} holds a toy set already; --force replaces it')
    for folder in FOLDERS:
        shutil.rmtree(out / folder, ignore_errors=True)


def described(out: Path, scenes: int, val_scenes: int) -> list[str]:
    """A line for each folder, saying what is in it."""
    train, val = scenes, val_scenes
    contents = (
        f'{train} + {val} scenes of garments, {train} + {val} pictures of '
        'people',
        f'the same {train} + {val} scenes',
        f'{train} + {val} + {val} pictures of animals',
        "label sets of Fashion-MNIST's test images",
    )
    return [f'{out / name}: {x}' for name, x in zip(FOLDERS, contents)]
