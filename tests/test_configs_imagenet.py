"""The evaluations on ImageNet and their twins: what their names promise."""

import re
from functools import partial

import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.registry import MODELS

from regioncl_mm.utils import check_config

CONFIGS = REPO / 'configs'
# tools/knn.py's configs have no training to check.
FILES = sorted(
    path
    for folder in ('imagenet', 'quickstart/evaluation')
    for path in (CONFIGS / folder).glob('*.py')
    if 'knn' not in path.stem
)
NAME = re.compile(
    r'(?P<model>[a-z]+\d*(-[a-z0-9]+)*)_(?P<gpus>\d+)xb(?P<batch>\d+)-'
    r'((?P<linear>linear)-)?(?P<schedule>steplr|coslr)-(?P<epochs>\d+)e_'
    r'(in1k|fashion-mnist)(-(?P<percent>\d+)percent)?'
)
SCHEDULERS = dict(steplr='MultiStepLR', coslr='CosineAnnealingLR')


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def config(request):
    return request.param, Config.fromfile(request.param)


def last(cfg):
    return cfg.param_scheduler[-1]


def test_names_say_what_is_run(config):
    path, cfg = config
    name = NAME.fullmatch(path.stem)
    assert cfg.train_dataloader.batch_size == int(name['batch'])
    assert cfg.train_cfg.max_epochs == int(name['epochs'])
    assert last(cfg).type == SCHEDULERS[name['schedule']]
    # A cosine ends where the training does.
    if name['schedule'] == 'coslr':
        assert last(cfg).end == int(name['epochs'])
    if name['percent']:
        data = cfg.train_dataloader.dataset
        listed = data.get('list_file') or data.ann_file
        assert listed.endswith(f'meta/train_{name["percent"]}percent.txt')
    assert bool(name['linear']) == is_frozen(cfg)


def build(cfg):
    model = MODELS.build(
        dict(cfg.model, data_preprocessor=dict(type='ClsDataPreprocessor'))
    )
    return model.train()


def is_frozen(cfg):
    """In training mode: nothing to train, no part in training mode."""
    with pytest.MonkeyPatch.context() as patch, torch.device('meta'):
        # Transformers read their drop path rates off a `linspace`.
        patch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
        backbone = build(cfg).backbone
    trained = any(x.requires_grad for x in backbone.parameters())
    assert trained == any(x.training for x in backbone.modules())
    return not trained


def test_a_frozen_backbone_stays_so():
    """Whatever the backbone's own train() does; other parts are trained."""
    cfg = Config.fromfile(
        CONFIGS / 'quickstart/evaluation/'
        'swin-micro_1xb64-linear-coslr-5e_fashion-mnist.py'
    )
    model = build(cfg)
    model.eval()
    model.train()
    assert not any(x.training for x in model.backbone.modules())
    assert model.training and model.head.training
    assert all(x.requires_grad for x in model.head.parameters())
    images = torch.rand(2, 1, 28, 28)
    (first,), (second,) = (model.extract_feat(images) for _ in range(2))
    assert torch.equal(first, second) and not first.requires_grad


def test_metrics_and_the_best_epoch(config):
    _, cfg = config
    assert cfg.val_evaluator.type == 'Accuracy'
    types = [metric.type for metric in cfg.test_evaluator]
    assert types == ['Accuracy', 'ReaLAccuracy']
    assert cfg.default_hooks.checkpoint.save_best == 'accuracy/top1'


@pytest.mark.parametrize(
    'stem, optimizer, rate, total',
    [
        ('resnet50_8xb128-linear-steplr-100e_in1k', 'SGD', 30.0, 1024),
        ('resnet50-w4_8xb128-linear-steplr-100e_in1k', 'SGD', 30.0, 1024),
        ('resnet50_8xb128-linear-coslr-90e_in1k', 'SGD', 0.4, 1024),
        ('resnet50_8xb512-linear-coslr-90e_in1k', 'ForeachLARS', 1.6, 4096),
        ('swin-tiny_8xb64-linear-coslr-100e_in1k', 'SGD', 1.0, 512),
        (
            'resnet50_8xb32-linear-steplr-50e_in1k-1percent',
            'SGD',
            30.0,
            256,
        ),
    ],
)
def test_recipes(stem, optimizer, rate, total):
    cfg = Config.fromfile(CONFIGS / 'imagenet' / f'{stem}.py')
    found = cfg.optim_wrapper.optimizer
    assert (found.type, found.lr, found.weight_decay) == (optimizer, rate, 0)
    assert 8 * cfg.train_dataloader.batch_size == total


@pytest.mark.parametrize(
    'stem, milestones',
    [
        ('resnet50_8xb128-linear-steplr-100e_in1k', [60, 80]),
        ('resnet50_8xb32-linear-steplr-50e_in1k-10percent', [30, 40]),
        ('resnet50_8xb32-linear-steplr-50e_in1k-1percent', [30, 40]),
    ],
)
def test_steps(stem, milestones):
    cfg = Config.fromfile(CONFIGS / 'imagenet' / f'{stem}.py')
    assert last(cfg).milestones == milestones and last(cfg).gamma == 0.1


def test_a_missing_list_says_how_to_make_it(imagenet, monkeypatch):
    monkeypatch.chdir(imagenet)
    (imagenet / 'data/imagenet/meta/real.json').write_text('[]')
    stem = 'resnet50_8xb32-linear-steplr-50e_in1k-1percent'
    cfg = Config.fromfile(CONFIGS / 'imagenet' / f'{stem}.py')
    with pytest.raises(ValueError, match='train_1percent.txt does not') as e:
        check_config(cfg)
    assert 'tools/make_subset.py' in str(e.value)


def test_the_online_knn_sees_the_pictures_of_the_evaluations():
    """To the pixel: one number for one checkpoint."""
    evaluation = Config.fromfile(
        CONFIGS / 'imagenet' / 'resnet50_8xb256-knn_in1k.py'
    )
    expected = evaluation.test_dataloader.dataset.pipeline
    for path in sorted((CONFIGS / 'regioncl').glob('*.py')):
        cfg = Config.fromfile(path)
        hooks = [x for x in cfg.custom_hooks if x.type == 'KNNHook']
        for loader in (
            *(cfg.knn_memory_dataloader, cfg.knn_query_dataloader),
            *(hooks[0].memory_dataloader, hooks[0].query_dataloader),
        ):
            assert loader.dataset.pipeline == expected, path.name
