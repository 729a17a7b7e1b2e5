"""The layouts agree with each other."""

import json

import cv2
import numpy as np
import pytest
from pycocotools import mask as run_lengths
from pycocotools.coco import COCO
from toy import SIZES, TRAIN, VAL, pose_files

from regioncl_mm.toy_data import cityscapes, pose


def read_maps(toy_root, split, index):
    name = f'{cityscapes.CITY}/{cityscapes.CITY}_{index:06}_000019_gtFine_'
    truth = f'{toy_root}/cityscapes/gtFine/{split}/{name}'
    return [
        cv2.imread(f'{truth}{kind}.png', cv2.IMREAD_UNCHANGED)
        for kind in ('labelIds', 'labelTrainIds', 'instanceIds')
    ]


@pytest.mark.parametrize('split', SIZES)
def test_coco_and_cityscapes_hold_the_same_masks(toy_root, split):
    coco = COCO(toy_root / f'coco/annotations/instances_{split}2017.json')
    assert len(coco.imgs) == SIZES[split]
    for image_id in coco.imgs:
        label_ids, train_ids, instance_ids = read_maps(
            toy_root, split, image_id - 1
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
def test_instances_are_those_of_the_maps(toy_root, split):
    coco = COCO(
        f'{toy_root}/cityscapes/annotations/'
        f'instancesonly_filtered_gtFine_{split}.json'
    )
    assert len(coco.imgs) == SIZES[split]
    for image_id in coco.imgs:
        *_, instance_ids = read_maps(toy_root, split, image_id)
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


def test_polygons_draw_the_label_map(toy_root):
    for index in range(TRAIN):
        label_ids, *_ = read_maps(toy_root, 'train', index)
        name = f'{cityscapes.CITY}_{index:06}_000019_gtFine_polygons.json'
        folder = toy_root / 'cityscapes/gtFine/train' / cityscapes.CITY
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


def test_train_and_val_share_no_garment(toy_root):
    sources = {}
    for split in SIZES:
        path = toy_root / f'coco/annotations/instances_{split}2017.json'
        found = json.loads(path.read_text())['annotations']
        sources[split] = [annotation['source'] for annotation in found]
        assert len(set(sources[split])) == len(found)  # none twice
    assert {s.split('/')[0] for s in sources['train']} == {
        'train-images-idx3-ubyte'
    }
    assert {s.split('/')[0] for s in sources['val']} == {
        't10k-images-idx3-ubyte'
    }


def test_pose_annotations_are_consistent(toy_root):
    pictures = set()
    for path, folder in pose_files(toy_root):
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


def test_detections_are_the_people(toy_root):
    folder = toy_root / 'coco'
    path = folder / 'person_detection_results' / pose.DETECTIONS
    coco = COCO(folder / 'annotations/person_keypoints_val2017.json')
    found = [(d['image_id'], d['bbox']) for d in json.loads(path.read_text())]
    assert found == [(a['image_id'], a['bbox']) for a in coco.anns.values()]
