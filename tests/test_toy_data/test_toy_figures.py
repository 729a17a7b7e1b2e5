"""People and animals: which keypoints can be seen, and where they are."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from regioncl_mm.toy_data import figures, people, quadrupeds


def test_visibility_is_of_the_pixel_at_the_keypoint():
    shade = np.array([1, 2, 3])
    back = figures.Figure(
        np.array([[20, 20], [60, 20], [170, 20], [40, 20], [30, 90]]),
        (4,),
        [
            figures.Part((20, 20), (60, 20), 7, shade, (0, 1)),
            figures.Part((60, 20), (170, 20), 7, shade, (1, 2)),
        ],
    )
    front = figures.Figure(
        np.array([[20, 10]]),
        (),
        [figures.Part((20, 10), (20, 30), 9, shade, (0,))],
    )
    _, (first, second) = figures.draw([back, front], np.random.default_rng(0))
    assert first.keypoints.tolist() == [
        [20, 20, figures.HIDDEN],  # behind the other figure
        [60, 20, figures.SEEN],
        [0, 0, figures.OUT],  # outside of the picture
        [40, 20, figures.HIDDEN],  # on no part that shows it
        [0, 0, figures.OUT],  # absent
    ]
    assert second.keypoints.tolist() == [[20, 10, figures.SEEN]]
    assert not (first.mask & second.mask).any()


def test_left_and_right_of_people():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(20):
        person = people.make_person(rng)
        at = dict(zip(people.KEYPOINTS, person.keypoints))
        from_front = not person.absent
        seen.add(from_front)
        for joint in ('ear', 'shoulder', 'hip'):
            gap = at[f'left_{joint}'][0] - at[f'right_{joint}'][0]
            assert (gap > 0) == from_front
    assert seen == {True, False}


def test_left_and_right_of_animals():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(20):
        animal = quadrupeds.make_quadruped(rng)
        at = dict(zip(quadrupeds.KEYPOINTS, animal.keypoints))
        leftward = bool(at['Nose'][0] < at['Root of tail'][0])
        seen.add(leftward)
        far = 'R' if leftward else 'L'
        assert [quadrupeds.KEYPOINTS[i] for i in animal.absent] == [
            f'{far}_Eye'
        ]
    assert seen == {True, False}


@pytest.mark.parametrize(
    'names, skeleton, metainfo',
    [
        (people.KEYPOINTS, people.SKELETON, 'coco'),
        (quadrupeds.KEYPOINTS, quadrupeds.SKELETON, 'ap10k'),
    ],
)
def test_keypoints_are_the_real_ones(names, skeleton, metainfo):
    import mmpose

    path = f'.mim/configs/_base_/datasets/{metainfo}.py'
    info = Config.fromfile(Path(mmpose.__file__).parent / path).dataset_info
    assert [info.keypoint_info[i]['name'] for i in range(17)] == [*names]
    links = {frozenset(link['link']) for link in info.skeleton_info.values()}
    assert links == {
        frozenset((names[a - 1], names[b - 1])) for a, b in skeleton
    }
