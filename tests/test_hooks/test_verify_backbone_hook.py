"""A run does not train unless its backbone is the checkpoint's."""

import copy
from pathlib import Path

import pytest
import torch
from mmengine.dataset import BaseDataset
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import Runner
from torch import nn

from regioncl_mm.checkpoints import BackboneMismatchError

RESNET = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)


class Images(BaseDataset):
    def load_data_list(self):
        return [dict() for _ in range(4)]

    def prepare_data(self, idx):
        return dict(inputs=torch.full((3, 32, 32), float(idx)))


class Model(BaseModel):
    def __init__(self, **backbone):
        super().__init__()
        init_default_scope('mmpretrain')
        self.backbone = MODELS.build(dict(RESNET, **backbone))
        self.losses = []

    def forward(self, inputs, mode='tensor'):
        loss = self.backbone(torch.stack(inputs))[-1].square().mean()
        self.losses.append(loss.item())
        return dict(loss=loss)


class Spoil(Hook):
    """Changes a weight after loading, as a faulty hook or config would."""

    priority = 0

    def before_train(self, runner):
        runner.model.backbone.conv1.weight.data[0] += 1


class Linear(Model):
    """A layer of its own on the backbone, which may be frozen."""

    def __init__(self, **backbone):
        super().__init__(**backbone)
        self.layer = nn.Linear(64, 1)

    def forward(self, inputs, mode='tensor'):
        features = self.backbone(torch.stack(inputs))[-1].mean((2, 3))
        loss = self.layer(features).square().mean()
        self.losses.append(loss.item())
        return dict(loss=loss)


@pytest.fixture
def checkpoint(tmp_path):
    """As pretraining writes it: the backbone's tensors under their prefix."""
    torch.manual_seed(1)
    state_dict = Model().state_dict()
    path = tmp_path / 'checkpoint.pth'
    torch.save(dict(state_dict=state_dict), path)
    return path


def runner(work_dir, hooks, model=None, epochs=1, **kwargs):
    return Runner(
        model or Model(),
        str(work_dir),
        train_dataloader=dict(
            dataset=Images(),
            batch_size=2,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='pseudo_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        custom_hooks=hooks,
        default_scope='mmpretrain',
        log_level='ERROR',
        **kwargs,
    )


def pretrained(path, **kwargs):
    return dict(
        type='Pretrained', checkpoint=str(path), prefix='backbone.', **kwargs
    )


def hook(checkpoint, **kwargs):
    return dict(
        type='VerifyBackboneHook', checkpoint=str(checkpoint), **kwargs
    )


def test_a_loaded_backbone_trains(checkpoint, tmp_path):
    model = Model(init_cfg=pretrained(checkpoint))
    run = runner(tmp_path / 'run', [hook(checkpoint)], model)
    run.train()
    assert len(model.losses) == 2
    saved = torch.load(tmp_path / 'run' / 'epoch_1.pth', weights_only=False)[
        'verified_backbone'
    ]
    assert (saved['loaded'], saved['total']) == (120, 120)
    assert saved['complete'] and saved['unused'] == saved['fresh'] == []


def refuses(run, words):
    with pytest.raises(BackboneMismatchError, match=words):
        run.train()
    assert run.model.losses == []
    assert not list(Path(run.work_dir).glob('*.pth'))


def test_a_random_backbone_is_refused(checkpoint, tmp_path):
    run = runner(tmp_path / 'run', [hook(checkpoint)])
    refuses(run, 'of other values')


def test_a_weight_changed_after_loading_is_refused(checkpoint, tmp_path):
    model = Model(init_cfg=pretrained(checkpoint))
    run = runner(tmp_path / 'run', [Spoil(), hook(checkpoint)], model)
    refuses(run, 'of other values: 1, conv1.weight')


def test_a_checkpoint_without_a_key_is_refused(checkpoint, tmp_path):
    content = torch.load(checkpoint, weights_only=False)
    del content['state_dict']['backbone.layer4.0.downsample.0.weight']
    torch.save(content, checkpoint)
    model = Model(init_cfg=pretrained(checkpoint))
    run = runner(tmp_path / 'run', [hook(checkpoint)], model)
    refuses(run, 'not in the file: 1, layer4.0.downsample.0.weight')


def test_the_momentum_encoder_is_not_taken_for_the_online_one(
    checkpoint, tmp_path
):
    """mmengine says nothing when the prefix is the momentum encoder's."""
    content = torch.load(checkpoint, weights_only=False)
    for name, tensor in list(content['state_dict'].items()):
        key = name.replace('backbone.', 'encoder_k.module.0.')
        content['state_dict'][key] = tensor + 1
    torch.save(content, checkpoint)
    loads_momentum = dict(pretrained(checkpoint), prefix='encoder_k.module.0.')
    run = runner(
        tmp_path / 'a', [hook(checkpoint)], Model(init_cfg=loads_momentum)
    )
    refuses(run, 'of other values: 120')
    model = Model(init_cfg=loads_momentum)
    hooks = [hook(checkpoint, encoder='momentum')]
    runner(tmp_path / 'b', hooks, model).train()
    assert len(model.losses) == 2


def test_partly_loaded_trains_if_allowed_and_is_recorded(checkpoint, tmp_path):
    model = Model()
    hooks = [hook(checkpoint, allow_partial=True)]
    run = runner(tmp_path / 'run', hooks, model)
    run.train()
    assert len(model.losses) == 2
    saved = torch.load(tmp_path / 'run' / 'epoch_1.pth', weights_only=False)[
        'verified_backbone'
    ]
    assert not saved['complete'] and saved['loaded'] < saved['total'] == 120


def test_a_resumed_run_keeps_its_record(checkpoint, tmp_path):
    model = Model(init_cfg=pretrained(checkpoint))
    runner(tmp_path / 'run', [hook(checkpoint)], model).train()
    model = Model(init_cfg=pretrained(checkpoint))
    run = runner(
        tmp_path / 'run', [hook(checkpoint)], model, epochs=2, resume=True
    )
    run.train()
    assert len(model.losses) == 2  # the second epoch's, with trained weights
    first, second = (
        torch.load(tmp_path / 'run' / f'epoch_{epoch}.pth', weights_only=False)
        for epoch in (1, 2)
    )
    assert second['verified_backbone'] == first['verified_backbone']


def test_a_run_does_not_go_on_as_another_checkpoints(checkpoint, tmp_path):
    model = Model(init_cfg=pretrained(checkpoint))
    runner(tmp_path / 'run', [hook(checkpoint)], model).train()
    content = copy.deepcopy(torch.load(checkpoint, weights_only=False))
    content['state_dict']['backbone.conv1.weight'] += 1
    other = tmp_path / 'other.pth'
    torch.save(content, other)
    model = Model(init_cfg=pretrained(other))
    run = runner(tmp_path / 'run', [hook(other)], model, epochs=2, resume=True)
    with pytest.raises(BackboneMismatchError, match='start anew in another'):
        run.train()
    assert model.losses == []


def linear(checkpoint, **backbone):
    return Linear(frozen_stages=4, init_cfg=pretrained(checkpoint), **backbone)


def test_a_frozen_backbone_stays_to_the_last_bit(checkpoint, tmp_path):
    model = linear(checkpoint)
    before = copy.deepcopy(model.layer.state_dict())
    hooks = [hook(checkpoint)]
    run = runner(tmp_path / 'run', hooks, model, epochs=2)
    run.train()
    given = torch.load(checkpoint, weights_only=False)['state_dict']
    for name, tensor in model.state_dict().items():
        if name.startswith('backbone.'):
            assert torch.equal(tensor, given[name]), name
    assert not torch.equal(model.layer.weight, before['weight'])
    (found,) = [x for x in run.hooks if hasattr(x, 'record')]
    assert found.record['frozen'] is True


def test_a_trained_backbone_is_said_to_be(checkpoint, tmp_path):
    model = Linear(init_cfg=pretrained(checkpoint))
    run = runner(tmp_path / 'run', [hook(checkpoint)], model)
    run.train()
    (found,) = [x for x in run.hooks if hasattr(x, 'record')]
    assert found.record['frozen'] is False


class TrainNorms(Hook):
    """Puts norm layers in training mode: statistics change, weights do not."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        runner.model.backbone.layer1[0].bn1.train()


def test_statistics_that_change_are_an_error(checkpoint, tmp_path):
    hooks = [hook(checkpoint), TrainNorms()]
    run = runner(tmp_path / 'run', hooks, linear(checkpoint))
    with pytest.raises(BackboneMismatchError, match='in evaluation mode'):
        run.train()


def test_a_resumed_frozen_backbone_is_compared_anew(checkpoint, tmp_path):
    run = runner(tmp_path / 'run', [hook(checkpoint)], linear(checkpoint))
    run.train()
    path = tmp_path / 'run' / 'epoch_1.pth'
    content = torch.load(path, weights_only=False)
    content['state_dict']['backbone.conv1.weight'][0] += 1
    torch.save(content, path)
    run = runner(
        tmp_path / 'run',
        [hook(checkpoint)],
        linear(checkpoint),
        epochs=2,
        resume=True,
    )
    with pytest.raises(BackboneMismatchError, match='of other values: 1'):
        run.train()
    assert run.model.losses == []
