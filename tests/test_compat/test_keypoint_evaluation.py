"""The stand-in for xtcocotools gives the figures of xtcocotools.

Where xtcocotools is not installed, those that were worked out by hand.
"""

import copy
import importlib.util
import json

import numpy as np
import pytest

pytest.importorskip('pycocotools')

from regioncl_mm.compat.missing_modules import (
    STAND_INS,
    StandInFinder,
    is_stand_in,
)
from regioncl_mm.compat.stand_ins.xtcocotools.coco import COCO
from regioncl_mm.compat.stand_ins.xtcocotools.cocoeval import COCOeval
from regioncl_mm.toy_data import pose

# AP-10K's, of which COCO's are no part.
ANIMAL_SIGMAS = np.array(
    '.025 .025 .026 .035 .035 .079 .072 .062 .079 .072 .062 .107 .087 .089 '
    '.107 .087 .089'.split(),
    float,
)
TOYS = {'people': None, 'quadrupeds': ANIMAL_SIGMAS}


def real_xtcocotools():
    spec = importlib.util.find_spec('xtcocotools')
    if spec is None or spec.origin == str(STAND_INS['xtcocotools']):
        pytest.skip('xtcocotools is not installed: nothing to compare with')
    from xtcocotools.coco import COCO as RealCOCO
    from xtcocotools.cocoeval import COCOeval as RealCOCOeval

    assert not is_stand_in('xtcocotools')
    return RealCOCO, RealCOCOeval


@pytest.fixture(scope='module')
def truths(tmp_path_factory):
    """The annotations of both kinds of figures, twenty pictures each."""
    root = tmp_path_factory.mktemp('toys')
    pose.write_people(root, 'val', 20, np.random.default_rng(0))
    pose.write_quadrupeds(root, dict(val=20), np.random.default_rng(0))
    return dict(
        people=json.loads(
            (root / 'annotations/person_keypoints_val2017.json').read_text()
        ),
        quadrupeds=json.loads(
            (root / 'annotations/ap10k-val-split1.json').read_text()
        ),
    )


def detections_of(truth, noise, rng):
    """Of each figure one to three, off by ``noise`` of its size."""
    found = []
    for annotation in truth['annotations']:
        keypoints = np.array(annotation['keypoints'], float).reshape(-1, 3)
        size = np.sqrt(annotation['area'])
        for _ in range(rng.integers(1, 4)):
            moved = keypoints.copy()
            moved[:, :2] += rng.normal(0, noise * size, (len(moved), 2))
            moved[:, 2] = rng.random(len(moved))
            found.append(
                dict(
                    image_id=annotation['image_id'],
                    category_id=annotation['category_id'],
                    keypoints=moved.ravel().tolist(),
                    # Rounded, so that scores tie.
                    score=round(float(rng.random()), 1),
                )
            )
    return found


def evaluate(classes, truth, detections, path, **options):
    """All precisions and recalls, and the ten figures of the summary."""
    coco_class, eval_class = classes
    path.write_text(json.dumps(truth))
    (path.parent / 'found.json').write_text(json.dumps(detections))
    coco = coco_class(str(path))
    found = coco.loadRes(str(path.parent / 'found.json'))
    result = eval_class(coco, found, 'keypoints', **options)
    result.params.useSegm = None  # as mmpose has it
    result.evaluate()
    result.accumulate()
    result.summarize()
    return result


def assert_equal_figures(truth, detections, tmp_path, **options):
    ours, theirs = (
        evaluate(
            classes,
            copy.deepcopy(truth),
            copy.deepcopy(detections),
            tmp_path / 'truth.json',
            **options,
        )
        for classes in ((COCO, COCOeval), real_xtcocotools())
    )
    np.testing.assert_array_equal(ours.stats, theirs.stats)
    for key in ('precision', 'recall', 'scores'):
        np.testing.assert_array_equal(ours.eval[key], theirs.eval[key])
    return ours.stats


@pytest.mark.parametrize('noise', [0.0, 0.01, 0.03, 0.1, 0.3])
@pytest.mark.parametrize('toy', TOYS)
def test_figures_of_perturbed_toys(toy, noise, truths, tmp_path):
    rng = np.random.default_rng(0)
    detections = detections_of(truths[toy], noise, rng)
    stats = assert_equal_figures(
        truths[toy], detections, tmp_path, sigmas=TOYS[toy]
    )
    if noise == 0:  # all are found; the second of a figure counts as wrong
        assert stats[5] == 1 and 0.5 < stats[0] < 1
    if noise == 0.3:
        assert stats[0] < 0.1


def with_crowds(truth, rng):
    for annotation in truth['annotations'][::3]:
        annotation['iscrowd'] = 1
    for annotation in truth['annotations'][1::3]:
        annotation['iscrowd'] = 0
    return truth


def with_other_areas(truth, rng):
    """From below 32 squared to above 96 squared, the limits of the sizes."""
    for annotation in truth['annotations']:
        annotation['area'] = float(rng.choice([500, 1024, 5000, 9216, 20000]))
    return truth


def with_unlabelled_figures(truth, rng):
    """Some say so, some say otherwise."""
    for number, annotation in enumerate(truth['annotations'][::2]):
        annotation['keypoints'] = [0] * len(annotation['keypoints'])
        annotation['num_keypoints'] = number % 2
    for annotation in truth['annotations'][1::4]:
        annotation['num_keypoints'] = 0
    return truth


def with_numbers_from_0(truth, rng):
    for number, annotation in enumerate(truth['annotations']):
        annotation['id'] = number
    return truth


def with_ignored_figures(truth, rng):
    for annotation in truth['annotations'][::2]:
        annotation['ignore'] = 1
    return truth


def with_two_categories(truth, rng):
    truth['categories'].append(dict(truth['categories'][0], id=2))
    for annotation in truth['annotations'][::2]:
        annotation['category_id'] = 2
    return truth


CHANGES = [
    with_crowds,
    with_other_areas,
    with_unlabelled_figures,
    with_numbers_from_0,
    with_ignored_figures,
    with_two_categories,
]


@pytest.mark.parametrize('use_area', [True, False])
@pytest.mark.parametrize('change', CHANGES, ids=lambda f: f.__name__)
@pytest.mark.parametrize('toy', TOYS)
def test_figures_of_unusual_annotations(
    toy, change, use_area, truths, tmp_path
):
    rng = np.random.default_rng(1)
    detections = detections_of(truths[toy], 0.02, rng)
    for detection in detections[::5]:  # no keypoint has a score
        detection['keypoints'][2::3] = [0] * 17
    changed = change(copy.deepcopy(truths[toy]), rng)
    if change is with_two_categories:
        for detection in detections[::3]:
            detection['category_id'] = 2
    stats = assert_equal_figures(
        changed, detections, tmp_path, sigmas=TOYS[toy], use_area=use_area
    )
    assert (stats >= -1).all()


def test_figures_without_areas_and_without_detections(truths, tmp_path):
    truth = copy.deepcopy(truths['people'])
    for annotation in truth['annotations']:
        del annotation['area'], annotation['iscrowd']
        del annotation['num_keypoints']
    rng = np.random.default_rng(2)
    detections = detections_of(truths['people'], 0.02, rng)
    assert_equal_figures(truth, detections, tmp_path, use_area=False)
    few = [x for x in detections if x['image_id'] % 2]
    assert_equal_figures(truths['people'], few, tmp_path)
    assert_equal_figures(truths['people'], [], tmp_path)


def test_figures_of_many_detections(truths, tmp_path):
    """More than the twenty that count in a picture."""
    rng = np.random.default_rng(3)
    detections = [
        x
        for noise in np.linspace(0.01, 0.1, 20)
        for x in detections_of(truths['people'], noise, rng)
    ]
    assert_equal_figures(truths['people'], detections, tmp_path)


@pytest.mark.parametrize('ids', [(1, 2), (0, 1)])
def test_average_precision_by_hand(ids, tmp_path):
    """Two figures; one detection is exact, one is far off and surer."""
    keypoints = np.array([[10.0 * i, 5.0 * i, 2] for i in range(17)])
    truth = dict(
        images=[dict(id=1), dict(id=2)],
        categories=[dict(id=1, name='person')],
        annotations=[
            dict(
                id=number,
                image_id=image,
                category_id=1,
                keypoints=keypoints.ravel().tolist(),
                bbox=[0, 0, 100, 60],
                area=2000.0,
            )
            for image, number in enumerate(ids, 1)
        ],
    )
    off = keypoints + [500, 500, 0]
    detections = [
        dict(image_id=1, category_id=1, score=0.5),
        dict(image_id=2, category_id=1, score=0.9),
    ]
    detections[0]['keypoints'] = keypoints.ravel().tolist()
    detections[1]['keypoints'] = off.ravel().tolist()
    stats = evaluate(
        (COCO, COCOeval), truth, detections, tmp_path / 'truth.json'
    ).stats
    # Of the first two one is right: half of the recall at half precision,
    # at 51 of the 101 levels from 0 to 0.5.
    assert stats[0] == pytest.approx(0.5 * 51 / 101)
    assert stats[5] == pytest.approx(0.5)  # average recall


def test_other_evaluations_are_refused():
    for kind in ('keypoints_crowd', 'keypoints_wholebody'):
        with pytest.raises(NotImplementedError, match=f"'{kind}'.*install"):
            COCOeval(iouType=kind)


def test_mmpose_finds_the_stand_in_where_there_is_no_other():
    spec = StandInFinder().find_spec('xtcocotools')
    folder = spec.submodule_search_locations[0]
    found = {
        name: importlib.machinery.PathFinder.find_spec(name, [folder])
        for name in ('coco', 'cocoeval', 'mask')
    }
    assert all(found.values())
    pytest.importorskip('mmpose')
    from mmpose.evaluation.metrics import coco_metric

    if is_stand_in('xtcocotools'):
        assert coco_metric.COCO.__module__ == 'xtcocotools.coco'
        assert coco_metric.COCOeval.__module__ == 'xtcocotools.cocoeval'
