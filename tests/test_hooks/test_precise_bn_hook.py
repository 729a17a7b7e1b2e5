"""Statistics after training, against those of the layers' inputs."""

import copy
import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from algorithms import ALGORITHMS, build, views
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.logging import MMLogger
from mmengine.model import (
    BaseDataPreprocessor,
    BaseModel,
    MMDistributedDataParallel,
)
from mmengine.optim import OptimWrapper
from mmengine.registry import HOOKS, MODELS, init_default_scope
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from processes import joined, start
from torch import nn
from torch.nn.functional import relu
from torch.nn.modules.batchnorm import _BatchNorm

from regioncl_mm.hooks import PreciseBatchNormHook
from regioncl_mm.models.momentum import MomentumEncoder

REPO = Path(__file__).parents[2]


class Noise(BaseDataset):
    """Images that are drawn anew whenever they are read."""

    def load_data_list(self):
        return [dict() for _ in range(12)]

    def prepare_data(self, idx):
        scale = 1 + random.random() + np.random.rand()
        return dict(inputs=scale * torch.randn(3, 4, 4) + idx)


class Nothing(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return dict(nothing=0)


class TinyNet(BaseModel):
    """Each kind of layer, one of them called twice, one frozen, one idle."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)
        self.plain = nn.BatchNorm2d(3, momentum=0.3)
        self.sync = nn.SyncBatchNorm(3)
        self.twice = nn.BatchNorm1d(3)
        self.frozen = nn.BatchNorm2d(3)
        self.idle = nn.BatchNorm1d(3)
        self.modes = []

    def train(self, mode=True):
        super().train(mode)
        self.frozen.eval()
        return self

    def forward(self, inputs, mode='tensor'):
        self.modes.append((mode, torch.is_grad_enabled(), self.training))
        self.at_last_forward = self.plain.running_mean.clone()
        maps = relu(self.sync(self.plain(self.conv(inputs))))
        pooled = self.frozen(maps).mean((2, 3))
        noise = torch.rand(len(pooled), 1)
        loss = (self.twice(pooled) + self.twice(pooled * noise)).square()
        return dict(loss=loss.mean()) if mode == 'loss' else [0]


def record(model):
    """Inputs of each layer without gradients, filled in as they come."""
    inputs = {}
    for name, layer in model.named_modules():
        if isinstance(layer, _BatchNorm) and layer.training:
            seen = inputs[name] = []

            def look(layer, args, seen=seen):
                if layer.training and not torch.is_grad_enabled():
                    seen.append(args[0].clone())

            layer.register_forward_pre_hook(look)
    return inputs


def of_all(inputs):
    """Mean and variance of all values together, by channel."""
    flat = [batch.transpose(0, 1).flatten(1) for batch in inputs]
    values = torch.cat(flat, 1).double()
    return (
        values.mean(1).float(),
        values.var(1, unbiased=False).float(),
    )


LOOPS = dict(
    iterations=dict(type='IterBasedTrainLoop', max_iters=5, val_interval=5),
    epochs=dict(type='EpochBasedTrainLoop', max_epochs=2),
)


@pytest.fixture(params=LOOPS)
def run(request, tmp_path):
    """Trains TinyNet; returns its runner and the layers' inputs."""

    def run(name='hook', workers=0, **hook):
        torch.manual_seed(0)
        loader = dict(
            dataset=Noise(),
            batch_size=3,
            num_workers=workers,
            persistent_workers=workers > 0,
            sampler=dict(type='DefaultSampler', shuffle=True),
            collate_fn=dict(type='default_collate'),
        )
        if request.param == 'iterations':
            loader['sampler']['type'] = 'InfiniteSampler'
        runner = Runner(
            TinyNet().train(),
            str(tmp_path / name),
            train_dataloader=loader,
            val_dataloader=dict(
                dataset=Noise(),
                sampler=dict(type='DefaultSampler', shuffle=False),
                collate_fn=dict(type='default_collate'),
            ),
            val_evaluator=Evaluator(Nothing()),
            train_cfg=LOOPS[request.param],
            val_cfg=dict(),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
            default_hooks=dict(
                checkpoint=dict(
                    type='CheckpointHook',
                    by_epoch=request.param == 'epochs',
                )
            ),
            custom_hooks=[dict(type='PreciseBatchNormHook', **hook)]
            if hook
            else [],
            randomness=dict(seed=0),
            experiment_name=f'{request.node.name}-{name}',
        )
        inputs = record(runner.model)
        runner.train()
        return runner, inputs

    return run


def assert_precise(model, inputs, count):
    """``count`` batches went through each layer in ``inputs``."""
    layers = dict(model.named_modules())
    for name, batches in inputs.items():
        assert len(batches) == count.get(name, count['']), name
        mean, var = of_all(batches)
        torch.testing.assert_close(layers[name].running_mean, mean)
        torch.testing.assert_close(layers[name].running_var, var)


def test_statistics_are_of_all_batches_together(run):
    runner, inputs = run(num_iters=4)
    assert runner.model.modes.count(('loss', False, True)) == 4
    assert inputs.pop('idle') == []
    assert_precise(runner.model, inputs, {'': 4, 'twice': 8})


def test_they_are_there_for_the_last_validation_and_checkpoint(run):
    runner, _ = run(num_iters=4)
    model = runner.model
    assert model.modes[-1] == ('predict', False, False)
    assert torch.equal(model.at_last_forward, model.plain.running_mean)
    last = torch.load(
        runner.message_hub.get_info('last_ckpt'), weights_only=False
    )
    for name, tensor in model.state_dict().items():
        assert torch.equal(last['state_dict'][name], tensor), name


def test_measuring_leaves_the_rest_as_it_was(run):
    """Weights, momenta, layers outside of the loss, and what is drawn."""
    after = []
    for name, hook in dict(without={}, hook=dict(num_iters=4)).items():
        runner, _ = run(name, **hook)
        drawn = random.random(), np.random.rand(), torch.rand(1).item()
        state = runner.model.state_dict()
        kept = {
            name: tensor.tolist()
            for name, tensor in state.items()
            if 'running' not in name
            or name.split('.')[0] in ('frozen', 'idle')
        }
        momenta = [
            layer.momentum
            for layer in runner.model.modules()
            if isinstance(layer, _BatchNorm)
        ]
        after.append((drawn, kept, momenta))
    assert after[0] == after[1]
    assert after[0][2] == [0.3, 0.1, 0.1, 0.1, 0.1]


@pytest.mark.parametrize('run', ['epochs'], indirect=True)
def test_workers_that_persist_go_on(run):
    runner, inputs = run(workers=1, num_iters=4)
    del inputs['idle']
    assert_precise(runner.model, inputs, {'': 4, 'twice': 8})


def test_an_epoch_is_the_most_that_an_epoch_based_run_has(run, request):
    runner, inputs = run(num_iters=6)
    batches = 4 if 'epochs' in request.node.name else 6
    assert len(inputs['plain']) == batches


def test_no_batches_are_refused():
    with pytest.raises(ValueError, match='positive, got 0'):
        PreciseBatchNormHook(num_iters=0)


@pytest.mark.parametrize('library', ['mmdet', 'mmseg', 'mmpose', 'mmpretrain'])
def test_every_library_finds_it(library):
    init_default_scope(library)
    hook = HOOKS.build(dict(type='PreciseBatchNormHook'))
    assert isinstance(hook, PreciseBatchNormHook) and hook.num_iters == 200


class Boxes(BaseDataset):
    """Images of noise with one box each, with its mask."""

    def load_data_list(self):
        return [dict() for _ in range(4)]

    def prepare_data(self, idx):
        from mmdet.structures import DetDataSample
        from mmdet.structures.mask import BitmapMasks

        left = 4 * idx
        mask = np.zeros((1, 64, 64), np.uint8)
        mask[:, 8:40, left : left + 32] = 1
        sample = DetDataSample(
            metainfo=dict(
                img_shape=(64, 64), ori_shape=(64, 64), scale_factor=(1, 1)
            )
        )
        sample.gt_instances = InstanceData(
            bboxes=torch.tensor([[left, 8.0, left + 32, 40]]),
            labels=torch.tensor([0]),
            masks=BitmapMasks(mask, 64, 64),
        )
        images = torch.randint(0, 255, (3, 64, 64), dtype=torch.uint8)
        return dict(inputs=images, data_samples=sample)


def test_a_two_stage_detector_is_measured_on_the_boxes_it_trains_on(tmp_path):
    """The config of Mask R-CNN C4, but of a ResNet-18 and few boxes."""
    cfg = Config.fromfile(
        REPO / 'configs/mmdet/mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco.py'
    )
    cfg.merge_from_dict(
        {
            'model.backbone.depth': 18,
            'model.rpn_head.in_channels': 256,
            'model.rpn_head.feat_channels': 8,
            'model.roi_head.shared_head.depth': 18,
            'model.roi_head.bbox_roi_extractor.out_channels': 256,
            'model.roi_head.bbox_head.in_channels': 512,
            'model.roi_head.mask_head.in_channels': 512,
            'model.train_cfg.rcnn.sampler.num': 4,
            'model.train_cfg.rpn_proposal.max_per_img': 50,
            'custom_hooks.0.num_iters': 2,
            'train_cfg.max_iters': 1,
            'train_dataloader.dataset': Boxes(),
            'train_dataloader.num_workers': 0,
            'train_dataloader.persistent_workers': False,
            'train_dataloader.batch_sampler': None,
        }
    )
    init_default_scope('mmdet')
    model = MODELS.build(copy.deepcopy(cfg.model)).train()
    runner = Runner(
        model,
        str(tmp_path),
        train_dataloader=cfg.train_dataloader,
        train_cfg=cfg.train_cfg,
        optim_wrapper=cfg.optim_wrapper,
        custom_hooks=cfg.custom_hooks,
        default_scope='mmdet',
        randomness=dict(seed=0),
    )
    inputs = record(runner.model)
    runner.train()
    assert len(inputs) == 1 + 3 * 4 + 2 + 4 + 2
    assert_precise(runner.model, inputs, {'': 2})
    # Not the proposals of a test, which are many more than 4 an image.
    assert {len(rois) for rois in inputs['roi_head.shared_head.norm']} == {8}


def measure(model, images, wrap=lambda model: model):
    """What the hook does, without a Runner; returns the layers' inputs."""
    inputs = record(model.train())
    runner = SimpleNamespace(
        model=wrap(model),
        logger=MMLogger.get_instance('precise'),
        optim_wrapper=OptimWrapper(torch.optim.SGD(model.parameters(), lr=1)),
    )
    batches = [dict(inputs=batch) for batch in images]
    PreciseBatchNormHook(len(batches))._measure(runner, batches)
    return inputs


def test_sync_bn_is_measured():
    """A Runner of one process would have made it plain before training."""
    model = TinyNet()
    inputs = measure(model, torch.randn(3, 2, 3, 4, 4))
    assert isinstance(model.sync, nn.SyncBatchNorm)
    assert_precise(model, dict(sync=inputs['sync']), {'': 3})


def test_a_model_without_batch_norm_is_left_alone():
    model = TinyNet()
    for name in ('plain', 'sync', 'twice', 'frozen', 'idle'):
        setattr(model, name, nn.Identity())
    assert measure(model, torch.randn(3, 2, 3, 4, 4)) == {}
    assert model.modes == []


TWO_PHASES = [(name, dict(two_phase=True)) for name in ('m', 'd')]


@pytest.mark.parametrize(
    'name, changes', [(name, {}) for name in ALGORITHMS] + TWO_PHASES
)
def test_measuring_moves_no_momentum_encoder_and_no_queue(name, changes):
    torch.manual_seed(0)
    model = build(name, **changes).train()
    model.data_preprocessor = BaseDataPreprocessor()
    model.loss(views(), None)  # a momentum encoder's first step copies
    with torch.no_grad():
        for p in model.backbone.parameters():
            p.add_(0.1)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    inputs = measure(model, [views(seed=1), views(seed=2)])
    after = model.state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert changed and all('.running_' in name for name in changed)
    layers = dict(model.named_modules())
    for name, batches in inputs.items():
        if batches:
            mean, var = of_all(batches)
            torch.testing.assert_close(layers[name].running_mean, mean)
            torch.testing.assert_close(layers[name].running_var, var)
    for module in model.modules():
        if isinstance(module, MomentumEncoder):
            assert module._steps == module.steps.item() == 1
    assert getattr(model, 'two_phase', False) == ('two_phase' in changes)


def work(rank, folder):
    with joined(rank, 2, folder):
        torch.manual_seed(rank)
        model = TinyNet()
        model.sync = nn.BatchNorm2d(3)  # SyncBN has no gloo
        images = (rank + 1) * torch.rand(3, 2, 3, 4, 4)
        inputs = measure(model, images, MMDistributedDataParallel)
        torch.save((model.state_dict(), inputs), f'{folder}/{rank}.pth')


def test_processes_join_theirs(tmp_path):
    start(work, tmp_path, 2)
    (first, inputs), (second, others) = (
        torch.load(tmp_path / f'{rank}.pth', weights_only=False)
        for rank in range(2)
    )
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name
    for name in ('plain', 'sync', 'twice'):
        expected = of_all(inputs[name] + others[name])
        for kind, one, all_ in zip(
            ('mean', 'var'), of_all(inputs[name]), expected
        ):
            assert not torch.allclose(one, all_)
            torch.testing.assert_close(first[f'{name}.running_{kind}'], all_)


def test_batches_whose_means_lie_apart():
    """Unit variance within, means of 0 and 10: (n - 1) / n + 25 for all."""
    model = TinyNet()
    model.plain, model.conv = nn.BatchNorm2d(3), nn.Identity()
    values = torch.randn(2, 3, 50, dtype=torch.double)
    values -= values.mean(2, keepdim=True)
    values /= values.std(2, keepdim=True)
    values[1] += 10
    images = values.transpose(1, 2).reshape(2, 50, 3, 1, 1).float()
    measure(model, images)
    torch.testing.assert_close(model.plain.running_mean, torch.full((3,), 5.0))
    torch.testing.assert_close(
        model.plain.running_var, torch.full((3,), 25.98)
    )
