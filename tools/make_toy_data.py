"""Make small data sets in the layouts of COCO, Cityscapes and AP-10K.

They let detection, segmentation and pose estimation run without a download.
Detection and segmentation get the same scenes: garments of Fashion-MNIST on
coloured canvases. Pose estimation gets drawn people and four-legged animals.
Fashion-MNIST's test images get label sets in the format of ImageNet-ReaL.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from regioncl_mm.toy_data.cityscapes import write_cityscapes
from regioncl_mm.toy_data.coco import write_coco
from regioncl_mm.toy_data.garments import Garments
from regioncl_mm.toy_data.pose import write_people, write_quadrupeds
from regioncl_mm.toy_data.reassessed import write_reassessed
from regioncl_mm.toy_data.scenes import make_scenes

# Tells a toy set from data that must not be deleted.
MARK = 'toy_data.json'
FOLDERS = ('coco', 'cityscapes', 'ap10k', 'fashion-mnist')
SPLITS = ('train', 'val')


def parse_args(arguments=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder to make')
    parser.add_argument(
        '--scenes', type=int, default=240, help='to train on (default 240)'
    )
    parser.add_argument(
        '--val-scenes',
        type=int,
        help='to validate on (default: a quarter of --scenes)',
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--data-root',
        type=Path,
        default=os.environ.get('DATA_ROOT', 'data/fashion-mnist'),
        help="folder with Fashion-MNIST's unpacked files (default: the "
        'environment variable DATA_ROOT, else data/fashion-mnist)',
    )
    parser.add_argument(
        '--force', action='store_true', help='replace an earlier toy set'
    )
    args = parser.parse_args(arguments)
    if args.val_scenes is None:
        args.val_scenes = max(1, args.scenes // 4)
    if min(args.scenes, args.val_scenes) < 1 or args.seed < 0:
        parser.error('needs a scene or more of each kind, and a seed from 0')
    return args


def make_room(out: Path, force: bool) -> None:
    """Raises ValueError if there is something in ``out``.

    An earlier toy set goes with ``force``; nothing else is ever deleted.
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


def make(args: argparse.Namespace) -> None:
    # Read before anything is deleted or written.
    garments = {split: Garments(args.data_root, split) for split in SPLITS}
    make_room(args.out, args.force)
    args.out.mkdir(parents=True, exist_ok=True)
    counts = dict(train=args.scenes, val=args.val_scenes)
    mark = dict(seed=args.seed, **counts)
    (args.out / MARK).write_text(json.dumps(mark))
    coco, cityscapes, ap10k, fashion = (args.out / name for name in FOLDERS)
    for number, split in enumerate(SPLITS):
        # A stream each: more scenes change nothing in the people.
        rng = np.random.default_rng([args.seed, number, 0])
        supply = garments[split].shuffled(rng)
        scenes = list(make_scenes(supply, rng, counts[split]))
        write_coco(coco, split, scenes)
        write_cityscapes(cityscapes, split, scenes)
        rng = np.random.default_rng([args.seed, number, 1])
        write_people(coco, split, counts[split], rng)
    rng = np.random.default_rng([args.seed, 0, 2])
    write_quadrupeds(ap10k, dict(counts, test=counts['val']), rng)
    write_reassessed(fashion, garments['train'], garments['val'])


def main() -> None:
    args = parse_args()
    cv2.setNumThreads(1)  # the pictures are small
    start = time.monotonic()
    try:
        make(args)
    except (ValueError, OSError) as error:
        sys.exit(f'make_toy_data.py: {error}')
    train, val = args.scenes, args.val_scenes
    print(f'made in {time.monotonic() - start:.1f} s, seed {args.seed}:')
    for path, what in (
        (
            'coco',
            f'{train} + {val} scenes of garments, {train} + {val} '
            'pictures of people',
        ),
        ('cityscapes', f'the same {train} + {val} scenes'),
        ('ap10k', f'{train} + {val} + {val} pictures of animals'),
        ('fashion-mnist', "label sets of Fashion-MNIST's test images"),
    ):
        print(f'  {args.out / path}: {what}')


if __name__ == '__main__':
    main()
