"""The toy data: its layouts agree, and the libraries read them."""

import hashlib
import json
import sys
from pathlib import Path

import cv2
import make_toy_data  # noqa: E402
import numpy as np
import pytest
from conftest import write_idx
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from pycocotools import mask as run_lengths
from pycocotools.coco import COCO
from test_tools.test_train import REPO, run

from regioncl_mm.toy_data import (  # noqa: E402
    cityscapes,
    figures,
    garments,
    outlines,
    people,
    pose,
    quadrupeds,
    scenes,
)

TRAIN, VAL = 6, 3
SIZES = dict(train=TRAIN, val=VAL)


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


def make(out, root, *options):
    arguments = [out, '--data-root', root, '--scenes', TRAIN]
    arguments += ['--val-scenes', VAL, *options]
    make_toy_data.make(make_toy_data.parse_args([*map(str, arguments)]))
    return out


def digests(root):
    return {
        path.relative_to(root): hashlib.md5(path.read_bytes()).digest()
        for path in root.rglob('*')
        if path.is_file()
    }


@pytest.fixture(scope='session')
def blobs(tmp_path_factory):
    return make_garments(tmp_path_factory.mktemp('blobs'))


@pytest.fixture(scope='session')
def toy(tmp_path_factory, blobs):
    return make(tmp_path_factory.mktemp('toy') / 'data', blobs)


def read_maps(toy, split, index):
    name = f'{cityscapes.CITY}/{cityscapes.CITY}_{index:06}_000019_gtFine_'
    truth = f'{toy}/cityscapes/gtFine/{split}/{name}'
    return [
        cv2.imread(f'{truth}{kind}.png', cv2.IMREAD_UNCHANGED)
        for kind in ('labelIds', 'labelTrainIds', 'instanceIds')
    ]


@pytest.mark.parametrize('split', SIZES)
def test_coco_and_cityscapes_hold_the_same_masks(toy, split):
    coco = COCO(toy / f'coco/annotations/instances_{split}2017.json')
    assert len(coco.imgs) == SIZES[split]
    for image_id in coco.imgs:
        label_ids, train_ids, instance_ids = read_maps(
            toy, split, image_id - 1
        )
        seen = np.zeros_like(label_ids)
        count = {}
        annotations = coco.imgToAnns[image_id]
        assert annotations
        for annotation in annotations:
            label = cityscapes.LABELS[annotation['category_id'] - 1]
            mask = coco.annToMask(annotation).astype(bool)
            assert mask.sum() == annotation['area']
            rows, columns = np.nonzero(mask)
            left, top, width, height = annotation['bbox']
            assert (left, top) == (columns.min(), rows.min())
            assert (left + width, top + height) == (
                columns.max() + 1,
                rows.max() + 1,
            )
            number = count.setdefault(label, 0)
            count[label] += 1
            wanted = label.id
            if label.has_instances:
                wanted = label.id * 1000 + number
                assert ((instance_ids == wanted) == mask).all()
            assert (instance_ids[mask] == wanted).all()
            assert (label_ids[mask] == label.id).all()
            assert (train_ids[mask] == label.train_id).all()
            seen += mask
        assert seen.max() == 1  # a pixel is of one garment
        rest = seen == 0
        assert set(np.unique(train_ids[rest])) == {0, 255}
        assert set(np.unique(label_ids[rest])) == {3, 7}
        assert set(np.unique(instance_ids[rest])) == {3, 7}


@pytest.mark.parametrize('split', SIZES)
def test_instances_are_those_of_the_maps(toy, split):
    coco = COCO(
        f'{toy}/cityscapes/annotations/'
        f'instancesonly_filtered_gtFine_{split}.json'
    )
    assert len(coco.imgs) == SIZES[split]
    for image_id in coco.imgs:
        *_, instance_ids = read_maps(toy, split, image_id)
        annotations = coco.imgToAnns[image_id]
        values = np.unique(instance_ids[instance_ids >= 1000])
        assert len(values) == len(annotations)
        for value, annotation in zip(values, annotations):
            assert annotation['category_id'] == value // 1000
            mask = run_lengths.decode(annotation['segmentation'])
            assert ((instance_ids == value) == mask).all()


def test_labels_are_cityscapes():
    from mmdet.datasets import CityscapesDataset
    from mmseg.datasets import CityscapesDataset as Semantic

    labels = [cityscapes.ROAD, *cityscapes.LABELS]
    semantic = Semantic.METAINFO['classes']
    assert [semantic[label.train_id] for label in labels] == [
        label.name for label in labels
    ]
    things = tuple(label.name for label in labels if label.has_instances)
    assert things == CityscapesDataset.METAINFO['classes']
    assert len(set(labels)) == 11


def test_polygons_draw_the_label_map(toy):
    for index in range(TRAIN):
        label_ids, *_ = read_maps(toy, 'train', index)
        name = f'{cityscapes.CITY}_{index:06}_000019_gtFine_polygons.json'
        folder = toy / 'cityscapes/gtFine/train' / cityscapes.CITY
        content = json.loads((folder / name).read_text())
        ids = {
            label.name: label.id
            for label in (
                cityscapes.OUTSIDE,
                cityscapes.ROAD,
                *cityscapes.LABELS,
            )
        }
        drawn = np.zeros_like(label_ids)
        for item in content['objects']:
            outline = np.array(item['polygon'])
            cv2.fillPoly(drawn, [outline], ids[item['label']])
        assert (drawn == label_ids).all()


def test_a_hidden_pixel_is_of_the_garment_in_front(blobs):
    rng = np.random.default_rng(0)
    supply = garments.Garments(blobs, 'train').shuffled(rng)
    hidden = 0
    for scene in scenes.make_scenes(supply, rng, 8):
        whole = np.stack([garment.mask for garment in scene.garments])
        order = 1 + np.arange(len(whole))[:, None, None]
        assert (scene.owner == (whole * order).max(0)).all()
        hidden += (whole.sum(0) > 1).sum()
        for index, garment in enumerate(scene.garments):
            visible = scene.visible(index)
            assert scenes.is_one_piece(visible)
            assert visible.sum() >= scenes.MIN_VISIBLE * garment.mask.sum()
    assert hidden > 100


def test_what_would_be_cut_in_two_or_hidden_is_not_covered():
    first = np.zeros((160, 160), bool)
    first[50:60, 20:100] = True
    scene = scenes.Scene(
        None, first.astype(np.uint8), [scenes.Placed(0, '', first)]
    )
    across = np.zeros_like(first)
    across[40:70, 50:60] = True
    assert not scenes.leaves_pieces_whole(scene, across)  # in two
    inside = np.zeros_like(first)
    inside[53:56, 50:60] = True
    assert not scenes.leaves_pieces_whole(scene, inside)  # a hole
    assert not scenes.leaves_pieces_whole(scene, first)  # nothing left
    corner = np.zeros_like(first)
    corner[40:70, 60:120] = True
    assert scenes.leaves_pieces_whole(scene, corner)


def test_outlines_lose_no_pixel():
    mask = np.zeros((9, 12), bool)
    mask[2:5, 3:7] = mask[4:8, 6:11] = mask[0, 0] = True
    encoded = run_lengths.merge(
        run_lengths.frPyObjects(outlines.polygons(mask), *mask.shape)
    )
    assert (run_lengths.decode(encoded) == mask).all()
    assert outlines.box(mask) == [0, 0, 11, 8]


def test_train_and_val_share_no_garment(toy):
    sources = {}
    for split in SIZES:
        path = toy / f'coco/annotations/instances_{split}2017.json'
        found = json.loads(path.read_text())['annotations']
        sources[split] = [annotation['source'] for annotation in found]
        assert len(set(sources[split])) == len(found)  # none twice
    assert {s.split('/')[0] for s in sources['train']} == {
        'train-images-idx3-ubyte'
    }
    assert {s.split('/')[0] for s in sources['val']} == {
        't10k-images-idx3-ubyte'
    }


def test_a_garment_is_pasted_from_its_source(blobs):
    rng = np.random.default_rng(0)
    for garment, _ in zip(garments.Garments(blobs, 'val').shuffled(rng), 'ab'):
        row = int(garment.source.split('/')[1])
        images = garments.read_idx(blobs / 't10k-images-idx3-ubyte')
        assert (garment.grey == images[row]).all()
        assert garment.label == row % 10
        grey, mask = garments.cut_out(garment.grey, 28)
        assert (grey == garment.grey).all()
        assert (mask == (grey > 12)).all()


# Figures.


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


def pose_files(toy):
    for split in SIZES:
        folder = f'{split}2017'
        yield (
            toy / f'coco/annotations/person_keypoints_{folder}.json',
            toy / 'coco' / folder,
        )
    for split in (*SIZES, 'test'):
        yield (
            toy / f'ap10k/annotations/ap10k-{split}-split1.json',
            toy / 'ap10k/data',
        )


def test_pose_annotations_are_consistent(toy):
    pictures = set()
    for path, folder in pose_files(toy):
        coco = COCO(path)
        for image in coco.imgs.values():
            picture = cv2.imread(str(folder / image['file_name']))
            assert picture.shape == (image['height'], image['width'], 3)
            pictures.add(folder / image['file_name'])
            assert coco.imgToAnns[image['id']]
        for annotation in coco.anns.values():
            points = np.reshape(annotation['keypoints'], (17, 3))
            assert annotation['num_keypoints'] == (points[:, 2] > 0).sum()
            assert (points[points[:, 2] == 0] == 0).all()
            left, top, width, height = annotation['bbox']
            shown = points[points[:, 2] == 2]
            assert (shown[:, :2] >= (left, top)).all()
            assert (shown[:, :2] < (left + width, top + height)).all()
            mask = coco.annToMask(annotation)
            assert mask[shown[:, 1], shown[:, 0]].all()
            assert mask.sum() >= annotation['area']  # holes are covered
    assert len(pictures) == TRAIN + VAL + TRAIN + VAL + VAL


def test_detections_are_the_people(toy):
    folder = toy / 'coco'
    path = folder / 'person_detection_results' / pose.DETECTIONS
    coco = COCO(folder / 'annotations/person_keypoints_val2017.json')
    found = [(d['image_id'], d['bbox']) for d in json.loads(path.read_text())]
    assert found == [(a['image_id'], a['bbox']) for a in coco.anns.values()]


# The libraries, with the pipelines of this project's configs.

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
TASKS = {
    'mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py': 'coco',
    'mmdet/retinanet_r50_fpn_8xb2-ms-90k_coco.py': 'coco',
    'mmdet/mask-rcnn_r50_fpn_8xb1-ms-24k_cityscapes.py': 'cityscapes',
    'mmseg/upernet_r50_8xb2-40k_cityscapes-512x1024.py': 'cityscapes',
    'mmpose/td-hm_res50_8xb64-210e_coco-256x192.py': 'coco',
    'mmpose/td-hm_res50_8xb64-210e_ap10k-256x256.py': 'ap10k',
}


@pytest.mark.parametrize('name', TASKS)
def test_a_configs_pipelines_load_every_sample(name, toy, monkeypatch):
    monkeypatch.chdir(toy.parent)  # where the configs' data/ is
    cfg = Config.fromfile(REPO / 'configs' / name)
    init_default_scope(cfg.default_scope)
    sizes = []
    for loader in LOADERS:
        dataset = cfg[loader].dataset
        if name.startswith('mmdet') and name.endswith('coco.py'):
            dataset.metainfo = dict(classes=garments.CLASSES)
        loaded = DATASETS.build(dataset)
        sizes.append(len(loaded))
        for sample in loaded:
            height, width = sample['inputs'].shape[-2:]
            assert min(height, width) >= 160
            if loader == 'train_dataloader' and name.startswith('mmdet'):
                assert len(sample['data_samples'].gt_instances)
    if name.startswith('mmpose'):
        files = [f for f in pose_files(toy) if TASKS[name] in f[0].parts]
        annotations = [
            json.loads(path.read_text())['annotations'] for path, _ in files
        ]
        wanted = [*map(len, annotations)]
        assert sizes == (wanted + wanted[1:])[:3]
    else:
        assert sizes == [TRAIN, VAL, VAL]


# The command.


def test_the_seed_decides_every_byte(toy, blobs, tmp_path):
    again = digests(make(tmp_path / 'again', blobs))
    assert again == digests(toy)
    other = digests(make(tmp_path / 'other', blobs, '--seed', 1))
    assert other.keys() == again.keys()
    # Labels are of Fashion-MNIST's images, which no seed changes.
    drawn = {k: v for k, v in again.items() if k.name != 'real.json'}
    assert all(
        other[name] != digest
        for name, digest in drawn.items()
        if name.suffix in ('.jpg', '.json') or 'leftImg8bit' in name.name
    )


def test_the_command_says_what_it_wrote_and_replaces_a_toy_set(
    blobs, tmp_path
):
    out = tmp_path / 'data'
    command = ['tools/make_toy_data.py', out, '--data-root', blobs]
    said = run(sys.executable, *command, '--scenes', 4)
    for folder in make_toy_data.FOLDERS:
        assert f'{out / folder}: ' in said
    assert '4 + 1' in said
    args = [str(out), '--data-root', str(blobs), '--scenes', '2']
    with pytest.raises(ValueError, match='--force replaces it'):
        make_toy_data.make(make_toy_data.parse_args(args))
    (out / 'mine').write_text('kept')
    make_toy_data.make(make_toy_data.parse_args([*args, '--force']))
    assert len([*(out / 'coco/train2017').iterdir()]) == 4
    assert (out / 'mine').read_text() == 'kept'


def test_other_data_is_never_replaced(blobs, tmp_path):
    (tmp_path / 'coco').mkdir()
    with pytest.raises(ValueError, match='something else'):
        make(tmp_path, blobs, '--force')
    assert [*tmp_path.iterdir()] == [tmp_path / 'coco']


def test_says_how_to_get_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match='get_fashion_mnist.py'):
        make(tmp_path / 'out', tmp_path)
    (tmp_path / 'train-images-idx3-ubyte').write_bytes(b'\0\0\x08\x03' * 5)
    with pytest.raises(ValueError, match='not an idx file'):
        make(tmp_path / 'out', tmp_path)
    assert not (tmp_path / 'out').exists()
