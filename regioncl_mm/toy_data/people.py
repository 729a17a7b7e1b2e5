"""People, upright, seen from the front or from behind.

From the front a person's left is the picture's right and the arms are before
the body; from behind it is the other way round, and there is no face.
"""

from __future__ import annotations

import numpy as np

from .canvas import SIDE
from .figures import Figure
from .sketch import Sketch, limb, shades, skin

SIDES = ('left', 'right')
FACE = ('nose', 'left_eye', 'right_eye')
KEYPOINTS = (
    *FACE,
    'left_ear',
    'right_ear',
    'left_shoulder',
    'right_shoulder',
    'left_elbow',
    'right_elbow',
    'left_wrist',
    'right_wrist',
    'left_hip',
    'right_hip',
    'left_knee',
    'right_knee',
    'left_ankle',
    'right_ankle',
)
# Pairs of COCO's, counted from 1 as it does.
SKELETON = [
    *([16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13]),
    *([6, 7], [6, 8], [7, 9], [8, 10], [9, 11], [2, 3], [1, 2], [1, 3]),
    *([2, 4], [3, 5], [4, 6], [5, 7]),
]
HEIGHT = (75, 140)  # pixels, from crown to sole


def make_person(rng: np.random.Generator) -> Figure:
    """Draw a person's pose and dress at random."""
    from_front = rng.random() < 0.7
    sketch = Sketch(
        KEYPOINTS,
        scale=rng.uniform(*HEIGHT),
        origin=rng.uniform(
            (0.25 * SIDE, 0.38 * SIDE), (0.75 * SIDE, 0.68 * SIDE)
        ),
        degrees=rng.uniform(-15, 15),
    )
    place_joints(sketch, rng, left=1 if from_front else -1)
    dress(sketch, rng, from_front)
    return sketch.figure(absent=() if from_front else FACE)


def place_joints(sketch: Sketch, rng: np.random.Generator, left: int) -> None:
    """Set all points in body heights, from between the hips.

    Args:
        sketch: Gets them.
        rng: What draws the pose.
        left: 1 if the person's left is the picture's right, else -1.
    """
    sketch.place('head', (0, -0.40))
    sketch.place('neck', (0, -0.28))
    sketch.place('pelvis', (0, -0.02))
    sketch.place('nose', (0, -0.385))
    for name, side in (('left', left), ('right', -left)):
        sketch.place(f'{name}_eye', (side * 0.03, -0.415))
        sketch.place(f'{name}_ear', (side * 0.075, -0.40))
        joints = dict(
            shoulder=np.array([side * 0.10, -0.28]),
            hip=np.array([side * 0.06, 0.0]),
        )
        arm, leg = rng.uniform(-5, 150), rng.uniform(0, 30)
        fore, shin = arm + rng.uniform(-60, 60), leg + rng.uniform(-30, 5)
        joints['elbow'] = limb(joints['shoulder'], 0.16, side * arm)
        joints['wrist'] = limb(joints['elbow'], 0.15, side * fore)
        joints['knee'] = limb(joints['hip'], 0.23, side * leg)
        joints['ankle'] = limb(joints['knee'], 0.23, side * shin)
        for joint, point in joints.items():
            sketch.place(f'{name}_{joint}', point)


def dress(sketch: Sketch, rng: np.random.Generator, from_front: bool) -> None:
    """Add the parts from back to front, no two limbs of one shade."""
    body, *limbs = shades(rng, 9)
    face, dark = skin(rng), np.array([30, 30, 30])
    for name, upper, lower in (
        ('left', limbs[0], limbs[1]),
        ('right', limbs[2], limbs[3]),
    ):
        sketch.line(f'{name}_hip', f'{name}_knee', 0.085, upper)
        sketch.line(f'{name}_knee', f'{name}_ankle', 0.07, lower)
    if not from_front:
        add_arms(sketch, limbs[4:])
    corners = [f'{s}_{j}' for s in SIDES for j in ('shoulder', 'hip')]
    sketch.line('neck', 'pelvis', 0.16, body)
    sketch.line('left_shoulder', 'right_shoulder', 0.09, body, corners)
    sketch.line('left_hip', 'right_hip', 0.1, body, corners)
    for side in SIDES:
        ends = f'{side}_shoulder', f'{side}_hip'
        sketch.line(*ends, 0.09, body)
    sketch.line('head', 'neck', 0.05, face)
    sketch.dot('head', 0.15, face)
    for side in SIDES:
        sketch.dot(f'{side}_ear', 0.04, face * 0.75)
    if from_front:
        for name in FACE:
            sketch.dot(name, 0.025, face * 0.6 if name == 'nose' else dark)
        add_arms(sketch, limbs[4:])


def add_arms(sketch: Sketch, limbs: list[np.ndarray]) -> None:
    """Add the arms, whose four shades are given, the left one's first."""
    for name, upper, lower in (
        ('left', limbs[0], limbs[1]),
        ('right', limbs[2], limbs[3]),
    ):
        sketch.line(f'{name}_shoulder', f'{name}_elbow', 0.07, upper)
        sketch.line(f'{name}_elbow', f'{name}_wrist', 0.06, lower)
