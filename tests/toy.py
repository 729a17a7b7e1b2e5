"""Toy data for tests, and the files of Fashion-MNIST that they are made of."""

import cv2
import numpy as np

TRAIN, VAL = 6, 3
SIZES = dict(train=TRAIN, val=VAL)


def write_idx(path, array):
    """An idx file as Fashion-MNIST's: magic number, sizes, bytes."""
    header = np.array([0x800 + array.ndim, *array.shape], dtype='>i4')
    path.write_bytes(header.tobytes() + array.astype(np.uint8).tobytes())


def make_garments(root):
    """A folder like Fashion-MNIST's with blobs, no two of them alike."""
    rng = np.random.RandomState(0)
    for split, count in (('train', 80), ('t10k', 40)):
        images = np.zeros((count, 28, 28), np.uint8)
        for image in images:
            axes = tuple(map(int, rng.randint(5, 13, 2)))
            cv2.ellipse(image, (14, 14), axes, 30, 0, 360, 200, -1)
            image += (image > 0) * rng.randint(0, 50, (28, 28)).astype('u1')
        write_idx(root / f'{split}-images-idx3-ubyte', images)
        write_idx(root / f'{split}-labels-idx1-ubyte', np.arange(count) % 10)
    return root


def make(out, garments_root, **changes):
    """All toy data, six scenes to train on and three to validate on."""
    # pycocotools is not everywhere where tests run.
    from regioncl_mm.toy_data.make import make_toy_data

    make_toy_data(
        out,
        garments_root,
        **{'scenes': TRAIN, 'val_scenes': VAL, **changes},
    )
    return out


def pose_files(toy_root):
    """Each annotation file of figures, and the folder of its pictures."""
    for split in SIZES:
        folder = f'{split}2017'
        yield (
            toy_root / f'coco/annotations/person_keypoints_{folder}.json',
            toy_root / 'coco' / folder,
        )
    for split in (*SIZES, 'test'):
        yield (
            toy_root / f'ap10k/annotations/ap10k-{split}-split1.json',
            toy_root / 'ap10k/data',
        )
