"""The quickstart's transfers: small, whole, and of the checkpoints' shape."""

import copy
import re

import cv2
import numpy as np
import pytest
import yaml
from conftest import QUICKSTART, REPO
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import Runner
from torch.nn.modules.batchnorm import SyncBatchNorm

from regioncl_mm.transfer import extract_backbone

CONFIGS = REPO / 'configs'
FILES = sorted((CONFIGS / 'quickstart' / 'transfer').glob('*.py'))
NAME = re.compile(
    r'(?P<model>[a-z-]+)_resnet18-tiny(_fpn)?_1xb(?P<batch>\d+)-'
    r'(?P<length>\d+)(?P<unit>[ie])_toy-(?P<data>\w+)'
)
CLASSES = {
    'mask-rcnn': 'MaskRCNN',
    'retinanet': 'RetinaNet',
    'upernet': 'EncoderDecoder',
    'td-hm': 'TopdownPoseEstimator',
}
GARMENTS = (
    *('T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'),
    *('Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'),
)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def config(request, monkeypatch):
    monkeypatch.setenv('TOY_DATA_ROOT', '/toy')
    return request.param, Config.fromfile(request.param)


def shapes(module):
    return {name: x.shape for name, x in module.state_dict().items()}


def test_one_of_each_task():
    models = sorted(NAME.fullmatch(path.stem)['model'] for path in FILES)
    assert models == ['mask-rcnn', 'retinanet', 'td-hm', 'upernet']


def test_the_suite_is_these():
    listed = yaml.safe_load((CONFIGS / 'suites/quickstart.yml').read_text())
    assert sorted(CONFIGS / path for path in listed) == FILES


def test_names_say_what_is_run(config):
    path, cfg = config
    name = NAME.fullmatch(path.stem)
    assert cfg.model.type == CLASSES[name['model']]
    assert cfg.train_dataloader.batch_size == int(name['batch'])
    length = dict(i='max_iters', e='max_epochs')[name['unit']]
    assert cfg.train_cfg[length] == int(name['length'])
    # The rate has fallen when training ends.
    assert cfg.param_scheduler[-1].end == int(name['length'])


def test_a_checkpoint_of_the_quickstart_fits(config):
    _, cfg = config
    init_default_scope(cfg.default_scope)
    model = MODELS.build(copy.deepcopy(cfg.model))
    assert not any(isinstance(x, SyncBatchNorm) for x in model.modules())
    init_default_scope('mmpretrain')
    pretrained = Config.fromfile(REPO / QUICKSTART)
    backbone = MODELS.build(dict(pretrained.model.backbone))
    assert shapes(model.backbone) == shapes(backbone)
    assert len(shapes(model.backbone)) == 96
    ours, theirs = cfg.model.data_preprocessor, pretrained.data_preprocessor
    assert (ours.mean, ours.std) == (theirs.mean, theirs.std)


def test_nothing_is_loaded_frozen_or_validated(config):
    _, cfg = config
    backbone = cfg.model.backbone
    assert backbone.type == 'mmpretrain.ResNet_CIFAR'
    assert 'init_cfg' not in backbone and 'frozen_stages' not in backbone
    assert not cfg.model.get('pretrained')
    assert cfg.val_dataloader is cfg.val_evaluator is cfg.val_cfg is None
    assert not cfg.get('load_from')


def test_data_are_the_toy_sets(config):
    path, cfg = config
    root = f'/toy/{NAME.fullmatch(path.stem)["data"]}'
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        assert loader.num_workers == 0
        assert loader.dataset.data_root == root
        load = loader.dataset.pipeline[0]
        assert load.color_type == 'grayscale'
    annotations = cfg.test_evaluator.get('ann_file')
    assert annotations is None or annotations.startswith(f'{root}/')


@pytest.mark.parametrize('model', ['mask-rcnn', 'retinanet'])
def test_detectors_have_the_garments(model):
    (path,) = (x for x in FILES if x.stem.startswith(model))
    cfg = Config.fromfile(path)
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        assert tuple(loader.dataset.metainfo.classes) == GARMENTS
    heads = (
        cfg.model.roi_head.values()
        if model == 'mask-rcnn'
        else [cfg.model.bbox_head]
    )
    counts = [x.num_classes for x in heads if 'num_classes' in x]
    assert counts and set(counts) == {10}


def test_unlabelled_scenes_are_pretrained_on(tmp_path, monkeypatch):
    """Pictures in a folder, two steps of the network that is transferred."""
    scenes = tmp_path / 'coco' / 'train2017'
    scenes.mkdir(parents=True)
    rng = np.random.RandomState(0)
    for i in range(16):
        picture = rng.randint(0, 255, (160, 160, 3), np.uint8)
        cv2.imwrite(str(scenes / f'{i}.jpg'), picture)
    monkeypatch.setenv('TOY_DATA_ROOT', str(tmp_path))
    (path,) = (CONFIGS / 'quickstart' / 'scenes').glob('*.py')
    cfg = Config.fromfile(path)
    usual = Config.fromfile(REPO / QUICKSTART)
    assert cfg.model.backbone == usual.model.backbone
    assert cfg.model.queue_len < 480  # pictures, as make_toy_data.py makes
    cfg.merge_from_dict(
        {
            'work_dir': str(tmp_path / 'out'),
            'train_dataloader.batch_size': 8,
            'model.queue_len': 12,
            'train_cfg.max_epochs': 1,
            'default_hooks.checkpoint.interval': 1,
            'log_level': 'ERROR',
        }
    )
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 2
    found = extract_backbone(tmp_path / 'out' / 'epoch_1.pth', tmp_path)
    assert found.num_tensors == 96
