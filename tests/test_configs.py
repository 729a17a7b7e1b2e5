"""Every config builds and runs what its file name promises."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config
from mmpretrain.registry import HOOKS, MODELS

CONFIGS = Path(__file__).parents[1] / 'configs'
FILES = sorted(
    path.relative_to(CONFIGS).as_posix()
    for path in CONFIGS.rglob('*.py')
    if '_base_' not in path.parts
)
# A.7 and Table 15 for ImageNet; ours for the small runs.
LEARNING_RATES = {('in1k', 1024): 0.15, ('fashion-mnist', 64): 0.12}


@pytest.fixture(params=FILES)
def named(request):
    """What the file name says, and the config."""
    name = request.param
    match = re.fullmatch(
        r'(?P<method>regioncl-m|mocov2)_(?P<backbone>[\w-]+?)_'
        r'(?P<gpus>\d+)xb(?P<batch>\d+)-coslr-(?P<epochs>\d+)e_'
        r'(?P<data>[\w-]+)\.py',
        Path(name).name,
    )
    assert match, f'{name} is not named as mmpretrain names its configs'
    return match.groupdict(), Config.fromfile(CONFIGS / name)


def test_there_are_configs():
    assert len(FILES) >= 4


def test_runs_the_batch_epochs_and_rate_of_its_name(named):
    name, cfg = named
    total = int(name['gpus']) * int(name['batch'])
    assert cfg.train_dataloader.batch_size == int(name['batch'])
    assert cfg.auto_scale_lr.base_batch_size == total
    assert not cfg.auto_scale_lr.enable
    assert cfg.train_cfg.max_epochs == int(name['epochs'])
    (scheduler,) = cfg.param_scheduler
    assert scheduler.type == 'CosineAnnealingLR'
    assert scheduler.T_max == scheduler.end == int(name['epochs'])
    assert scheduler.get('eta_min', 0) == 0
    optimizer = cfg.optim_wrapper.optimizer
    assert optimizer.lr == LEARNING_RATES[name['data'], total]
    assert (optimizer.momentum, optimizer.weight_decay) == (0.9, 1e-4)


def test_builds_the_method_of_its_name(named):
    name, cfg = named
    model = MODELS.build(cfg.model)
    assert (model.region_branch is not None) == (
        name['method'] == 'regioncl-m'
    )
    for hook in cfg.custom_hooks:
        HOOKS.build(hook)


def test_the_grid_is_the_papers_7x7(named):
    _, cfg = named
    branch = cfg.model.region_branch
    if branch is None:
        pytest.skip('no regions')
    size = 224 if 'ImageNet' in str(cfg.train_dataloader.dataset) else 28
    assert size / branch.stride == 7
    assert (branch.min_cells, branch.max_cells) == (3, 5)


def test_the_papers_run_is_written_as_in_a7():
    cfg = Config.fromfile(
        CONFIGS / 'regioncl/regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'
    )
    model = cfg.model
    assert (model.queue_len, model.feat_dim, model.momentum) == (
        65536,
        128,
        0.001,
    )
    assert (model.backbone.type, model.backbone.depth) == ('ResNet', 50)
    assert (
        model.neck.in_channels,
        model.neck.hid_channels,
        model.neck.out_channels,
    ) == (2048, 2048, 128)
    assert model.head.temperature == model.region_head.temperature == 0.2
    crop, jitter, gray, blur, flip = cfg.train_dataloader.dataset.pipeline[
        1
    ].transforms[0]
    assert (crop.scale, tuple(crop.crop_ratio_range)) == (224, (0.2, 1.0))
    assert jitter.prob == 0.8
    assert jitter.transforms[0] == dict(
        type='ColorJitter',
        brightness=0.4,
        contrast=0.4,
        saturation=0.4,
        hue=0.1,
    )
    assert (gray.prob, blur.prob, flip.prob) == (0.2, 0.5, 0.5)
    assert tuple(blur.magnitude_range) == (0.1, 2.0)


def test_a_baseline_differs_by_its_regions_alone():
    for baseline in (f for f in FILES if 'mocov2_' in f):
        ours = Config.fromfile(
            CONFIGS / baseline.replace('mocov2_', 'regioncl-m_')
        ).to_dict()
        theirs = Config.fromfile(CONFIGS / baseline).to_dict()
        assert theirs['model'].pop('region_branch') is None
        assert ours['model'].pop('region_branch')
        assert ours == theirs
