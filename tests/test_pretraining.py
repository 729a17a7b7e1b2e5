"""Pretraining configs train: real files, real pipelines, a step or two."""

import math
import re

import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

CONFIGS = REPO / 'configs'
QUICKSTART = sorted((CONFIGS / 'quickstart').glob('*.py'))
# One of each model; the other configs change numbers of these.
IMAGENET = [
    CONFIGS / 'regioncl' / f'{name}_in1k.py'
    for name in (
        'regioncl-m_resnet50_8xb128-coslr-200e',
        'regioncl-m_resnet50_8xb128-fast-coslr-200e',
        'regioncl-d_resnet50_8xb128-coslr-200e',
        'regioncl-s_resnet50_8xb64-coslr-100e',
        'regioncl-m3_resnet50_8xb512-amp-coslr-100e',
        'regioncl-m3_vit-small-p16_16xb256-amp-coslr-300e',
        'regioncl-moby_swin-tiny_8xb64-coslr-100e',
        'regioncl-byol_resnet50_16xb256-coslr-200e',
        'regioncl-simclr_resnet50_16xb256-coslr-200e',
        'regioncl-barlow_resnet50_8xb256-coslr-300e',
    )
]


def shortened(config, work_dir, batch_size):
    """One epoch, no workers, no mixed precision, a small kNN."""
    cfg = Config.fromfile(config)
    cfg.work_dir = str(work_dir)
    cfg.train_cfg.max_epochs = 1
    cfg.train_dataloader.batch_size = batch_size
    cfg.train_dataloader.num_workers = 0
    cfg.train_dataloader.persistent_workers = False
    cfg.default_hooks.logger.interval = 1
    cfg.default_hooks.checkpoint.interval = 1
    cfg.log_level = 'ERROR'
    cfg.randomness.seed = 0
    knn = cfg.custom_hooks[2]
    knn.k = (2,)
    knn.memory_dataloader.num_workers = knn.query_dataloader.num_workers = 0
    if cfg.optim_wrapper.type == 'AmpOptimWrapper':
        cfg.optim_wrapper.type = 'OptimWrapper'
        del cfg.optim_wrapper.loss_scale
    if 'queue_len' in cfg.model:
        cfg.model.queue_len = 24
    for hook in cfg.custom_hooks:
        if hook.type == 'CompileBackboneHook':
            hook.backend = 'eager'  # a ResNet-50 takes inductor a minute
    return cfg


class RecordRates(Hook):
    """The learning rates that a step is taken with."""

    priority = 'VERY_LOW'

    def before_train(self, runner):
        self.rates = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        groups = runner.optim_wrapper.optimizer.param_groups
        self.rates.append(
            {bool(group.get('fix_lr')): group['lr'] for group in groups}
        )


def train(cfg):
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


def losses_of(runner):
    """The logged values of every step, by name."""
    history = runner.message_hub.log_scalars
    return {
        name[len('train/') :]: scalars.data[0]
        for name, scalars in history.items()
        if re.match('train/(loss_|embedding_std|sim_)', name)
    }


@pytest.mark.parametrize('config', QUICKSTART, ids=lambda path: path.stem)
def test_quickstart_config_trains_and_resumes(
    config, fashion_mnist_root, monkeypatch, tmp_path
):
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    cfg = shortened(config, tmp_path, 32)
    runner = train(cfg)
    figures = losses_of(runner)
    has_regions = cfg.model.region_branch is not None
    assert ('loss_region' in figures) == has_regions
    assert ('sim_canvas_paste' in figures) == has_regions
    for name, values in figures.items():
        assert len(values) == 2 and all(map(math.isfinite, values)), name
    assert min(figures['embedding_std']) > 0.01

    cfg.train_cfg.max_epochs = 2
    cfg.resume = True
    cfg.experiment_name = f'{config.stem}-resumed'
    resumed = Runner.from_cfg(cfg)
    saved = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)[
        'state_dict'
    ]
    resumed.load_or_resume()
    for name, tensor in resumed.model.state_dict().items():
        assert torch.equal(tensor, saved[name]), name
    resumed.train()
    assert resumed.iter == 4


@pytest.mark.parametrize(
    'config',
    [
        path
        for path in QUICKSTART
        if re.match('simsiam|regioncl-s_', path.name)
    ],
    ids=lambda path: path.stem,
)
def test_simsiams_predictor_keeps_its_rate(
    config, fashion_mnist_root, monkeypatch, tmp_path
):
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    cfg = shortened(config, tmp_path, 16)
    cfg.param_scheduler[0].update(T_max=1, end=1)
    cfg.param_scheduler[1].start_factor = 1.0  # no warm-up
    runner = Runner.from_cfg(cfg)
    record = RecordRates()
    runner.register_hook(record)
    runner.train()
    assert len(record.rates) == 4
    assert {rates[True] for rates in record.rates} == {cfg.lr}
    others = [rates[False] for rates in record.rates]
    assert others == sorted(others, reverse=True)
    assert others[-1] < others[0] / 2


# Backbones as deep as the configs', with an eighth of their channels; whole
# ones are built by test_configs.py.
NARROW = dict(
    ResNet=dict(stem_channels=8, base_channels=8),
    MoCoV3ViT=dict(
        arch=dict(
            embed_dims=48, num_layers=12, num_heads=12, feedforward_channels=96
        )
    ),
    SwinTransformer=dict(
        arch=dict(embed_dims=12, depths=[2, 2, 6, 2], num_heads=[1, 2, 4, 8])
    ),
)


def narrow(model):
    model.backbone.update(NARROW[model.backbone.type])
    model.neck.in_channels //= 8


@pytest.mark.parametrize('config', IMAGENET, ids=lambda path: path.stem)
def test_imagenet_config_trains(config, imagenet, monkeypatch):
    """Four of eight JPEGs, at full size and with the real augmentation."""
    monkeypatch.chdir(imagenet)
    cfg = shortened(config, imagenet, 4)
    cfg.train_dataloader.dataset.indices = 4
    cfg.default_hooks.checkpoint = None
    narrow(cfg.model)
    runner = train(cfg)
    figures = losses_of(runner)
    assert {'loss_instance', 'loss_region'} <= set(figures)
    for name, (value,) in figures.items():
        assert math.isfinite(value), name
    for name, buffer in runner.model.named_buffers():
        if name.startswith('queue') and name.endswith('ptr'):
            assert buffer.item() == 4, name
