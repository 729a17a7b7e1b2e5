"""Four-legged animals, seen from one side.

One that walks to the picture's left shows its left side. The legs of the
other side are behind the body, the other eye behind the head.
"""

from __future__ import annotations

import numpy as np

from .canvas import SIDE
from .figures import Figure
from .sketch import Sketch, limb, shades

KEYPOINTS = (
    'L_Eye',
    'R_Eye',
    'Nose',
    'Neck',
    'Root of tail',
    'L_Shoulder',
    'L_Elbow',
    'L_F_Paw',
    'R_Shoulder',
    'R_Elbow',
    'R_F_Paw',
    'L_Hip',
    'L_Knee',
    'L_B_Paw',
    'R_Hip',
    'R_Knee',
    'R_B_Paw',
)
# Pairs of AP-10K's, counted from 1.
SKELETON = [
    *([1, 2], [1, 3], [2, 3], [3, 4], [4, 5], [4, 6], [6, 7], [7, 8]),
    *([4, 9], [9, 10], [10, 11], [5, 12], [12, 13], [13, 14], [5, 15]),
    *([15, 16], [16, 17]),
]
LENGTH = (60, 105)  # pixels, of the trunk and a bit
LEGS = dict(
    front=('Shoulder', 'Elbow', 'F_Paw'), back=('Hip', 'Knee', 'B_Paw')
)


def make_quadruped(rng: np.random.Generator) -> Figure:
    """Draw an animal's pose and coat at random."""
    forward = int(rng.choice((-1, 1)))
    near, far = ('L', 'R') if forward < 0 else ('R', 'L')
    sketch = Sketch(
        KEYPOINTS,
        scale=rng.uniform(*LENGTH),
        origin=rng.uniform(
            (0.35 * SIDE, 0.3 * SIDE), (0.65 * SIDE, 0.6 * SIDE)
        ),
        degrees=rng.uniform(-8, 8),
    )
    place_trunk(sketch, rng, forward)
    place_legs(sketch, rng, forward, near, shift=0.0)
    place_legs(sketch, rng, forward, far, shift=0.07)
    paint(sketch, rng, near, far)
    return sketch.figure(absent=(f'{far}_Eye',))


def place_trunk(
    sketch: Sketch, rng: np.random.Generator, forward: int
) -> None:
    """Set all points but the legs', in lengths, from the trunk's middle.

    Args:
        sketch: Gets them.
        rng: What draws the pose.
        forward: 1 if it walks to the picture's right, else -1.
    """
    up = rng.uniform(-0.1, 0.15)  # how high it holds its head
    for name, (ahead, down) in {
        'chest': (0.32, 0.0),
        'rump': (-0.32, 0.0),
        'Neck': (0.38, -0.10),
        'Root of tail': (-0.42, -0.08),
        'tip of tail': (-0.6, 0.1 + rng.uniform(-0.3, 0.2)),
        'head': (0.58, -0.25 - up),
        'ear': (0.52, -0.36 - up),
        'Nose': (0.76, -0.20 - up),
        'L_Eye': (0.61, -0.29 - up),
        'R_Eye': (0.61, -0.29 - up),
    }.items():
        sketch.place(name, (forward * ahead, down))


def place_legs(
    sketch: Sketch,
    rng: np.random.Generator,
    forward: int,
    side: str,
    shift: float,
) -> None:
    """Set the points of two legs.

    Args:
        sketch: Gets them.
        rng: What draws the pose.
        forward: 1 if the animal walks to the picture's right, else -1.
        side: ``L`` or ``R``.
        shift: What sets the far legs apart from the near ones, in lengths.
    """
    for ahead, bend, joints in (
        (0.30, -25, LEGS['front']),
        (-0.32, 25, LEGS['back']),
    ):
        top = np.array([forward * (ahead - shift), 0.06 - shift / 2])
        swing = rng.uniform(-25, 25)
        middle = limb(top, 0.26, forward * swing)
        swing += rng.uniform(min(0, bend), max(0, bend))
        points = top, middle, limb(middle, 0.24, forward * swing)
        for joint, point in zip(joints, points):
            sketch.place(f'{side}_{joint}', point)


def paint(
    sketch: Sketch, rng: np.random.Generator, near: str, far: str
) -> None:
    """Add the parts from back to front, no two legs of one shade."""
    coat, *legs = shades(rng, 5)
    coat = coat * 0.5 + 90  # paler than the legs
    add_legs(sketch, far, [shade * 0.7 for shade in legs[:2]])
    sketch.line('Root of tail', 'tip of tail', 0.05, coat * 0.85)
    sketch.line('chest', 'rump', 0.30, coat, ('Neck', 'Root of tail'))
    sketch.line('Neck', 'head', 0.16, coat)
    sketch.dot('Root of tail', 0.08, coat * 0.85)
    add_legs(sketch, near, legs[2:])
    sketch.dot('ear', 0.09, coat * 0.7)
    sketch.dot('head', 0.2, coat)
    sketch.line('head', 'Nose', 0.09, coat * 0.9)
    sketch.dot('Nose', 0.06, coat * 0.4)
    sketch.dot(f'{near}_Eye', 0.05, np.array([20, 20, 20]))


def add_legs(sketch: Sketch, side: str, colours: list[np.ndarray]) -> None:
    """Add a side's two legs, the front one's shade first."""
    for (top, middle, paw), shade in zip(LEGS.values(), colours):
        sketch.line(f'{side}_{top}', f'{side}_{middle}', 0.1, shade)
        sketch.line(f'{side}_{middle}', f'{side}_{paw}', 0.07, shade * 0.85)
