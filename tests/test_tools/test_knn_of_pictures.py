"""The online kNN and tools/knn.py give one number for one checkpoint."""

import json
from itertools import product
from types import SimpleNamespace
from unittest import mock

import cv2
import numpy as np
import pytest
import torch
from conftest import QUICKSTART, REPO
from mmengine.config import Config
from mmengine.registry import MODELS
from tool_calls import call, main_of

from regioncl_mm.evaluation import extract_features
from regioncl_mm.hooks import KNNHook
from regioncl_mm.transfer.frozen import frozen_model

MEANS = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True
)
NAMES = ('ant', 'bee', 'cow', 'elk')


def write_photographs(root, classes):
    """Large ones with fine noise, which shrinking smooths or does not."""
    for name, i in product(classes, range(3)):
        rng = np.random.RandomState(3 * NAMES.index(name) + i)
        image = rng.randint(0, 255, (640, 560, 3)).astype(np.uint8)
        image //= 1 + NAMES.index(name)
        (root / name).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / name / f'{i}.png'), image)


@pytest.fixture
def loaders(tmp_path):
    """Of pictures of four classes, and of two of them to be tested on: by the
    pipeline of ImageNet's pretraining, and by that of its evaluations."""
    write_photographs(tmp_path / 'train', NAMES)
    write_photographs(tmp_path / 'val', NAMES[::2])
    folder = REPO / 'configs'
    (pretraining,) = (folder / 'regioncl').glob('regioncl-m_*_8xb32-*.py')
    evaluation = folder / 'imagenet' / 'resnet50_8xb256-knn_in1k.py'
    pipelines = (
        Config.fromfile(pretraining).knn_memory_dataloader.dataset.pipeline,
        Config.fromfile(evaluation).test_dataloader.dataset.pipeline,
    )
    return [
        [
            dict(
                batch_size=5,
                dataset=dict(
                    type='CustomDataset',
                    data_root=str(tmp_path / split),
                    pipeline=pipeline,
                ),
            )
            for split in ('train', 'val')
        ]
        for pipeline in pipelines
    ]


def write_config(path, train, test):
    backbone = dict(Config.fromfile(REPO / QUICKSTART).model.backbone)
    cfg = dict(
        default_scope='mmpretrain',
        custom_imports=dict(imports=['regioncl_mm']),
        model=dict(
            type='LinearClassifier',
            backbone={**backbone, 'in_channels': 3},
            neck=dict(type='GlobalAveragePooling'),
            head=dict(type='LinearClsHead', num_classes=4, in_channels=32),
        ),
        data_preprocessor=MEANS,
        train_dataloader=train,
        test_dataloader=test,
    )
    Config(cfg).dump(path)
    return Config.fromfile(path)


def run(tmp_path):
    arguments = (tmp_path / 'config.py', 'random', '--k', '1', '5')
    where = ('--work-dir', 'out', '--backend', 'torch')
    said = call(main_of('knn.py'), *arguments, *where, cwd=tmp_path)
    out = json.loads((tmp_path / 'out' / 'results.json').read_text())
    return said, out['metrics']


def test_the_same_features_and_accuracies(loaders, tmp_path):
    online, evaluation = loaders
    cfg = write_config(tmp_path / 'config.py', *evaluation)
    said, metrics = run(tmp_path)
    assert 'val get the labels that they have in' in said
    assert 'it lacks bee, elk' in said
    cfg.randomness = dict(seed=0)
    model, _ = frozen_model(cfg, SimpleNamespace(path=None))
    model.data_preprocessor = MODELS.build(
        dict(MEANS, type='SelfSupDataPreprocessor')
    )
    hook = KNNHook(*online, k=(1, 5))
    runner = mock.MagicMock(model=model, seed=0, epoch=0)
    hook.before_train(runner)
    assert hook.evaluate(model) == pytest.approx(metrics)
    assert metrics['knn1'] == 100  # the pictures are among the memory
    features, labels, _ = extract_features(model, hook.dataloaders[1])
    assert labels.tolist() == [0] * 3 + [2] * 3
    (written,) = (
        np.load(path)
        for path in tmp_path.glob('work_dirs/features/*/*/features.npy')
        if len(np.load(path)) == 6
    )
    expected = torch.nn.functional.normalize(torch.from_numpy(written))
    torch.testing.assert_close(features.cpu(), expected)


def test_features_of_other_pictures_are_not_reused(loaders, tmp_path):
    _, evaluation = loaders
    write_config(tmp_path / 'config.py', *evaluation)
    said, _ = run(tmp_path)
    assert 'wrote 12 x 32' in said and 'wrote 6 x 32' in said
    said, _ = run(tmp_path)
    assert 'read 12 x 32' in said and 'read 6 x 32' in said
    # A class comes between: the labels of all behind it are others.
    (tmp_path / 'train' / 'cow').rename(tmp_path / 'train' / 'arm')
    (tmp_path / 'val' / 'cow').rename(tmp_path / 'val' / 'arm')
    said, metrics = run(tmp_path)
    assert 'wrote 12 x 32' in said and 'wrote 6 x 32' in said
    assert metrics['knn1'] == 100


def test_features_of_a_partly_loaded_backbone_are_those_of_its_seed(
    loaders, tmp_path
):
    """The seed decides what the file lacks, here the first layer."""
    _, evaluation = loaders
    cfg = write_config(tmp_path / 'config.py', *evaluation)
    tensors = MODELS.build(cfg.model).state_dict()
    del tensors['backbone.conv1.weight']
    torch.save(dict(state_dict=tensors), tmp_path / 'partly.pth')
    arguments = (tmp_path / 'config.py', tmp_path / 'partly.pth', '--k', '1')
    options = ('--allow-partial', '--cfg-options')
    for seed, verb in ((0, 'wrote'), (1, 'wrote'), (0, 'read')):
        given = (*arguments, *options, f'randomness.seed={seed}')
        said = call(main_of('knn.py'), *given, cwd=tmp_path)
        assert f'{verb} 12 x 32' in said and f'{verb} 6 x 32' in said


def test_refused_before_features_are_taken(loaders, tmp_path):
    _, evaluation = loaders
    write_config(tmp_path / 'config.py', *evaluation)
    (tmp_path / 'val' / 'cow').rename(tmp_path / 'val' / 'yak')
    arguments = (tmp_path / 'config.py', 'random', '--k')
    for k, words in (('1', 'not: yak'), ('13', '13 neighbours asked for')):
        said = call(main_of('knn.py'), *arguments, k, cwd=tmp_path, ok=False)
        assert words in said and 'Traceback' not in said
    assert not (tmp_path / 'work_dirs').exists()


def test_a_linear_classifier_on_cached_features(loaders, tmp_path):
    """Tested on the labels that it has learned, too."""
    _, evaluation = loaders
    path = tmp_path / 'config.py'
    cfg = write_config(path, *evaluation)
    cfg.merge_from_dict(
        dict(
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=10.0)),
            param_scheduler=[],
            train_cfg=dict(by_epoch=True, max_epochs=40),
            val_cfg=dict(),
            val_dataloader=cfg.test_dataloader,
            test_cfg=dict(),
            val_evaluator=dict(type='Accuracy'),
            test_evaluator=dict(type='Accuracy'),
        )
    )
    cfg.dump(path)
    arguments = (path, 'random', '--cached-features', '--work-dir', 'out')
    transfer = main_of('transfer.py')
    call(transfer, *arguments, cwd=tmp_path)
    out = json.loads((tmp_path / 'out' / 'results.json').read_text())
    assert out['metrics']['accuracy/top1'] == 100
    options = ('--cfg-options', 'model.head.num_classes=3')
    arguments = (*arguments[:-1], 'other', *options)
    said = call(transfer, *arguments, cwd=tmp_path, ok=False)
    assert 'set `model.head.num_classes=4`' in said
    assert 'Traceback' not in said
