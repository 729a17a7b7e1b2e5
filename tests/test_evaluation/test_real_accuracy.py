"""Accuracy by label sets, against numbers counted by hand."""

import json

import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmpretrain.registry import METRICS
from mmpretrain.structures import DataSample

from regioncl_mm.evaluation.metrics import ReaLAccuracy
from regioncl_mm.utils import check_config


def write(tmp_path, content):
    path = tmp_path / 'real.json'
    path.write_text(json.dumps(content))
    return str(path)


def sample(predicted, **where):
    found = DataSample(metainfo=where).set_gt_label(0)
    scores = torch.nn.functional.one_hot(torch.tensor(predicted), 5)
    return found.set_pred_score(scores.float()).set_pred_label(predicted)


def evaluate(label_file, samples):
    evaluator = Evaluator(dict(type='ReaLAccuracy', label_file=label_file))
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


def test_files_by_their_numbers(tmp_path):
    labels = write(tmp_path, [[0], [1, 3], [], [4], [2]])
    name = '/data/val/n01/ILSVRC2012_val_{:08d}.JPEG'
    # In another order than the files': right, left out, wrong, right.
    samples = [
        sample(3, img_path=name.format(2), sample_idx=0),
        sample(1, img_path=name.format(3), sample_idx=1),
        sample(0, img_path=name.format(4), sample_idx=2),
        sample(2, img_path=name.format(5), sample_idx=3),
    ]
    assert evaluate(labels, samples) == {'real/top1': pytest.approx(200 / 3)}


def test_images_without_files_by_their_positions(tmp_path):
    labels = write(tmp_path, [[0], [1, 3], [], [4]])
    samples = [sample(p, sample_idx=i) for p, i in ((4, 3), (1, 1), (2, 2))]
    assert evaluate(labels, samples) == {'real/top1': 100.0}


def test_nothing_to_count(tmp_path):
    assert evaluate(None, [sample(0, sample_idx=0)]) == {}
    assert evaluate(write(tmp_path, [[]]), [sample(0, sample_idx=0)]) == {}


@pytest.mark.parametrize(
    'where, words',
    [
        (dict(img_path='val/n01/0.JPEG'), 'val/n01/0.JPEG has no number'),
        (dict(img_path='ILSVRC2012_val_00000009.JPEG'), 'labels of 1 images'),
        (dict(sample_idx=1), 'labels of 1 images, none of number 1'),
    ],
)
def test_an_image_without_an_entry_is_named(where, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        evaluate(write(tmp_path, [[0]]), [sample(0, **where)])


def test_labels_of_other_classes_are_refused(tmp_path):
    """Indices of ImageNet's 1,000 classes are not those of 100 of them; nor
    where the data set calls itself ImageNet, as lists of a subset have it."""
    labels, name = write(tmp_path, [[0], [5]]), 'ILSVRC2012_val_00000001.JPEG'
    unscored = DataSample(metainfo=dict(img_path=name)).set_pred_label(0)
    for classes, first, words in (
        ('abcdef', sample(0, img_path=name), 'the model has 5'),
        ('abcde', unscored, 'the data set has 5'),
    ):
        metric = dict(type='ReaLAccuracy', label_file=labels)
        evaluator = Evaluator(metric)
        evaluator.dataset_meta = dict(classes=tuple(classes))
        with pytest.raises(ValueError, match=f'of 6 classes, but {words}'):
            evaluator.process([first])
        evaluator = Evaluator(dict(metric, label_file=None))
        evaluator.dataset_meta = dict(classes=tuple(classes))
        evaluator.process([first])
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = dict(classes=tuple('abcdef'))
    evaluator.process([unscored])
    assert evaluator.evaluate(1) == {'real/top1': 100.0}


@pytest.mark.parametrize('content', [{'a': 1}, [1, 2], [['a']], None])
def test_files_of_another_form_are_refused(content, tmp_path):
    with pytest.raises(ValueError, match='is not a list of lists'):
        ReaLAccuracy(write(tmp_path, content))


def test_a_file_that_is_not_json_is_refused(tmp_path):
    (tmp_path / 'real.json').write_text('[[1], [2')
    with pytest.raises(ValueError, match='real.json is not JSON'):
        ReaLAccuracy(str(tmp_path / 'real.json'))


def test_it_is_in_mmpretrains_registry():
    assert METRICS.get('ReaLAccuracy') is ReaLAccuracy


def test_a_missing_file_is_named_before_the_run(imagenet, monkeypatch):
    monkeypatch.chdir(imagenet)
    path = REPO / 'configs/imagenet/resnet50_8xb128-linear-steplr-100e_in1k.py'
    cfg = Config.fromfile(path)
    with pytest.raises(ValueError, match='real.json does not exist') as error:
        check_config(cfg)
    assert 'test_evaluator.1.label_file=None' in str(error.value)
    cfg.merge_from_dict({'test_evaluator.1.label_file': None})
    check_config(cfg)
