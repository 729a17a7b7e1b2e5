"""configs/cifar10: each is its name's run, and takes steps on pictures."""

import re

import numpy as np
import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.runner import Runner
from mmpretrain.datasets.categories import CIFAR10_CATEGORIES
from PIL import Image

from regioncl_mm.methods import METHODS

FILES = sorted((REPO / 'configs' / 'cifar10').glob('*.py'))
NAME = re.compile(
    r'([\w-]+)_resnet18(?:-narrow)?_1xb(\d+)-coslr-(\d+)e_cifar10'
)
CLASSES = {row.stem: row for row in METHODS}
BASES = {row.base_stem: row for row in METHODS}
every_config = pytest.mark.parametrize('path', FILES, ids=lambda x: x.stem)


@pytest.fixture(scope='module')
def pictures(tmp_path_factory):
    """Six pictures of each class to train on, two to test on."""
    folder = tmp_path_factory.mktemp('cifar10')
    rng = np.random.default_rng(0)
    for split, count in (('train', 6), ('test', 2)):
        for name in CIFAR10_CATEGORIES:
            (folder / split / name).mkdir(parents=True)
            for index in range(count):
                levels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
                path = folder / split / name / f'{index:04d}.png'
                Image.fromarray(levels).save(path)
    return folder


@every_config
def test_it_is_the_run_of_its_name(path):
    method, batch, epochs = NAME.fullmatch(path.stem).groups()
    cfg = Config.fromfile(path)
    row = CLASSES.get(method) or BASES[method]
    assert cfg.model.type == row.algorithm
    assert (cfg.model.region_branch is None) == (method in BASES)
    assert cfg.train_dataloader.batch_size == int(batch)
    assert cfg.train_cfg.max_epochs == int(epochs)
    assert cfg.param_scheduler[0].end == int(epochs)
    assert cfg.auto_scale_lr.base_batch_size == int(batch)


@every_config
def test_it_learns_from_pictures(path, pictures, tmp_path, monkeypatch):
    """Narrow, two epochs of three steps of twenty."""
    monkeypatch.setenv('DATA_ROOT', str(pictures))
    cfg = Config.fromfile(path)
    cfg.work_dir, cfg.launcher = str(tmp_path), 'none'
    if 'queue_len' in cfg.model:
        cfg.model.queue_len = 40
    if cfg.model.backbone.norm_cfg.type == 'SplitBN':
        cfg.model.backbone.norm_cfg.num_splits = 2
    cfg.merge_from_dict(
        {
            'train_dataloader.batch_size': 20,
            'train_cfg.max_epochs': 2,
            'model.backbone.base_channels': 8,
            'model.backbone.stem_channels': 8,
            'model.neck.in_channels': 64,
            'custom_hooks.2.k': (3,),
            'randomness.seed': 0,
            'auto_scale_lr.enable': False,
        }
    )
    runner = Runner.from_cfg(cfg)
    before = {k: v.clone() for k, v in runner.model.named_parameters()}
    runner.train()
    assert runner.iter == 6
    moved = [
        k
        for k, v in runner.model.named_parameters()
        if v.requires_grad and not torch.equal(v, before[k])
    ]
    assert len(moved) == sum(v.requires_grad for v in before.values())


def test_regions_are_about_the_papers_share():
    """Of the side, 3 to 5 of 7 in the paper."""
    branch = Config.fromfile(
        REPO / 'configs/cifar10/regioncl-m_resnet18_1xb512-coslr-200e_cifar10'
        '.py'
    ).model.region_branch
    cells = 32 // branch.stride
    mean = (branch.min_cells + branch.max_cells) / 2 / cells
    assert mean == pytest.approx(4 / 7, abs=0.06)
