"""Annotations of boxes and masks that would be learned from wrongly."""

import json

import pytest
from own_data import SIZE, detector, write_coco

from regioncl_mm.downstream import check_downstream


def message(cfg, *loaders):
    with pytest.raises(ValueError) as raised:
        check_downstream(cfg, *loaders)
    return str(raised.value)


def every(key, value):
    def change(content):
        for annotation in content['annotations']:
            annotation[key] = value

    return change


def without(key, count=4):
    def change(content):
        for annotation in content['annotations'][:count]:
            del annotation[key]

    return change


def named(*names):
    def change(content):
        for category, name in zip(content['categories'], names):
            category['name'] = name

    return change


def test_good_annotations_pass(tmp_path, capsys):
    write_coco(tmp_path)
    check_downstream(detector(tmp_path))
    check_downstream(detector(tmp_path, masks=True))
    assert capsys.readouterr().out == ''


def test_another_library_is_left_alone():
    from mmengine.config import Config

    check_downstream(Config(dict(default_scope='mmpretrain')))


def test_names_of_neither_side_are_missing(tmp_path):
    write_coco(tmp_path, both=named('Katze', 'Hund'))
    assert message(detector(tmp_path)) == (
        f'{tmp_path}/train.json lacks 2 of the 2 categories that the config '
        'has: cat, dog. It has Katze, Hund. Labels are counted over what the '
        'file has, so others would be learned than are meant: set '
        "`metainfo=dict(classes=('Katze', 'Hund'))` of every data set, with "
        "the file's names, `model.bbox_head.num_classes=2`"
    )


def test_another_case_is_named(tmp_path):
    write_coco(tmp_path, both=named('Cat', 'dog'))
    said = message(detector(tmp_path))
    assert "(its 'Cat' is 'cat' there)" in said
    assert "classes=('Cat', 'dog')" in said


def test_a_class_that_the_file_lacks_shifts_labels(tmp_path):
    write_coco(tmp_path)
    said = message(detector(tmp_path, classes=('ant', 'cat', 'dog')))
    assert 'lacks 1 of the 3 categories that the config has: ant' in said


def test_a_class_that_the_config_leaves_out_is_fine(tmp_path):
    write_coco(tmp_path)
    check_downstream(detector(tmp_path, classes=('dog',)))


def test_files_of_another_order_are_refused(tmp_path):
    def turned(content):
        content['categories'].reverse()

    write_coco(tmp_path, val=turned)
    assert "label 0 is 'cat' in" in message(detector(tmp_path))


def test_the_head_has_to_have_an_output_a_class(tmp_path):
    write_coco(tmp_path)
    cfg = detector(tmp_path)
    cfg.model.bbox_head.num_classes = 80
    assert message(cfg) == (
        '`model.bbox_head.num_classes` is 80, and the data of '
        '`train_dataloader.dataset` have 2 classes; set it to 2'
    )


@pytest.mark.parametrize(
    'change, words',
    [
        (every('bbox', [0.1, 0.1, 0.5, 0.5]), '4 of 4 boxes are left out'),
        (every('bbox', [50, 5, 10, 10]), 'outside of their picture'),
        (every('area', 0), '4 of 4 boxes are left out'),
        (every('bbox', [1, 2, 3]), 'annotation 1 has a broken bbox'),
        (without('bbox', 1), 'one of the annotations has no bbox (id 1)'),
        (without('area', 1), 'one of the annotations has no area (id 1)'),
        (every('image_id', 9), 'annotation 1 is of no listed image'),
        (every('category_id', 9), 'annotation 1 is of no listed category'),
        (lambda x: x['annotations'].clear(), 'has no annotations'),
    ],
)
def test_boxes_that_are_none_are_refused(tmp_path, change, words):
    write_coco(tmp_path, train=change)
    said = message(detector(tmp_path))
    assert words in said and f'{tmp_path}/train.json' in said


def test_some_boxes_left_out_are_said(tmp_path, capsys):
    def one(content):
        content['annotations'][0]['bbox'] = [5, 5, 0.5, 10]

    write_coco(tmp_path, train=one)
    check_downstream(detector(tmp_path))
    assert 'warning: ' in (said := capsys.readouterr().out)
    assert '1 of 4 boxes are left out' in said


def test_pictures_that_are_missing_are_named(tmp_path):
    write_coco(tmp_path)
    (tmp_path / 'train' / '2.png').unlink()
    said = message(detector(tmp_path))
    assert said == (
        f'1 of the 4 files that {tmp_path}/train.json names are missing, '
        f'the first is {tmp_path}/train/2.png'
    )
    check_downstream(detector(tmp_path), ('test_dataloader',))


def test_boxes_alone_are_no_masks(tmp_path):
    write_coco(tmp_path, both=without('segmentation', 3))
    check_downstream(detector(tmp_path))
    said = message(detector(tmp_path, masks=True))
    assert '3 of 4 annotations have no `segmentation`' in said
    assert '(the first has the id 1)' in said and 'RetinaNet' in said
    assert '`train_dataloader.dataset.pipeline.1` loads masks' in said


def test_a_metric_of_masks_needs_them_too(tmp_path):
    write_coco(tmp_path, val=every('segmentation', []))
    cfg = detector(tmp_path, masks=True)
    cfg.test_dataloader.dataset.pipeline.pop()
    assert 'and the metric needs masks' in message(cfg)


@pytest.mark.parametrize(
    'mask, words',
    [
        ([5, 5, 15, 5, 15, 15], 'is no list of polygons'),
        ([[5, 5, 15, 5]], 'none of the 4 annotations has a polygon of three'),
        (dict(size=[9, 9], counts='a'), 'has a mask of the size [9, 9]'),
    ],
)
def test_masks_that_are_none_are_refused(tmp_path, mask, words):
    write_coco(tmp_path, train=every('segmentation', mask))
    assert words in message(detector(tmp_path, masks=True))


def test_run_lengths_become_bitmaps(tmp_path, capsys):
    """Of polygon loading mmdet takes none of them."""
    runs = dict(size=SIZE, counts=[35, 300, 865])
    write_coco(tmp_path, both=every('segmentation', runs))
    for polygons in (True, False):
        cfg = detector(tmp_path, masks=True, poly2mask=not polygons)
        check_downstream(cfg)
        load = cfg.train_dataloader.dataset.pipeline[1]
        assert load.poly2mask is True
        assert ('are run lengths' in capsys.readouterr().out) is polygons


def test_a_metric_of_other_pictures_is_refused(tmp_path):
    def renumbered(content):
        for image in content['images']:
            image['id'] += 100
        for annotation in content['annotations']:
            annotation['image_id'] += 100

    write_coco(tmp_path, train=renumbered)
    cfg = detector(tmp_path)
    cfg.test_evaluator.ann_file = str(tmp_path / 'train.json')
    assert 'has not got 4 of the 4 pictures' in message(cfg)


def test_no_json_is_said(tmp_path):
    write_coco(tmp_path)
    (tmp_path / 'train.json').write_text('{"images": [')
    assert 'train.json is not JSON (cut off?)' in message(detector(tmp_path))
    (tmp_path / 'train.json').write_text(json.dumps([]))
    assert "is not of COCO's format" in message(detector(tmp_path))


def test_a_data_set_in_another_is_looked_at(tmp_path):
    write_coco(tmp_path, both=named('Katze', 'Hund'))
    cfg = detector(tmp_path)
    inner = cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(
        type='RepeatDataset', times=2, dataset=inner
    )
    assert 'lacks 2 of the 2' in message(cfg)


def test_a_package_that_a_metric_needs_is_named(tmp_path, monkeypatch):
    write_coco(tmp_path)
    cfg = detector(tmp_path)
    cfg.test_evaluator.type = 'CityScapesMetric'
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    assert message(cfg) == (
        'CityScapesMetric, which `test_evaluator` names, needs '
        'cityscapesscripts, which is not installed: '
        '`python -m pip install cityscapesscripts`'
    )
