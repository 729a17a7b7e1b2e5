import copy

import pytest
import torch
from algorithms import build
from mmengine.model import ExponentialMovingAverage
from mmengine.runner import Runner
from torch import nn

from regioncl_mm.hooks import compile_backbone_hook
from regioncl_mm.hooks.compile_backbone_hook import compile_backbones


def losses(cfg, **hook):
    cfg = copy.deepcopy(cfg)
    cfg.custom_hooks = [dict(type='CompileBackboneHook', **hook)] * bool(hook)
    cfg.experiment_name = f'compile_{len(hook)}'
    runner = Runner.from_cfg(cfg)
    runner.train()
    history = runner.message_hub.get_scalar('train/loss').data[0]
    return torch.tensor(history), runner


def test_a_compiled_backbone_trains_alike(quickstart, monkeypatch):
    expected, plain = losses(quickstart)
    compiled = []
    compile_it = torch.compile

    def watch(function, **options):
        compiled.append(function)
        return compile_it(function, **options)

    monkeypatch.setattr(compile_backbone_hook.torch, 'compile', watch)
    found, runner = losses(quickstart, backend='aot_eager')
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    model = runner.model
    owners = [f.__self__ for f in compiled if hasattr(f, '__self__')]
    assert model.backbone in owners
    assert model.encoder_k.module[0] in owners
    assert list(model.state_dict()) == list(plain.model.state_dict())
    # Afterwards nothing of the compiler is left.
    assert 'forward' not in vars(model.backbone)


def with_average(name, average):
    """A model without another momentum encoder than this."""
    model = build('s')
    model.add_module(name, ExponentialMovingAverage(average(model)))
    return model


def of_sequence(model):
    return nn.Sequential(model.backbone, model.neck)


def of_model(model):
    return nn.ModuleDict(dict(backbone=model.backbone, neck=model.neck))


def of_backbone(model):
    return model.backbone


@pytest.mark.parametrize('name', ['encoder_k', 'target_net', 'teacher'])
@pytest.mark.parametrize(
    'average, path',
    [
        (of_sequence, 'module.0'),
        (of_model, 'module.backbone'),
        (of_backbone, 'module'),
    ],
)
def test_both_backbones_are_compiled_whatever_their_names(name, average, path):
    model = with_average(name, average)
    keys = list(model.state_dict())
    momentum = model.get_submodule(f'{name}.{path}')
    compiled = compile_backbones(model, backend='eager')
    assert compiled == [model.backbone, momentum]
    assert momentum is not model.backbone
    assert all('forward' in vars(backbone) for backbone in compiled)
    assert list(model.state_dict()) == keys


def test_a_model_without_momentum_encoder_has_one_backbone():
    model = build('s')
    assert compile_backbones(model, backend='eager') == [model.backbone]


def test_what_cannot_be_told_is_an_error():
    model = with_average('teacher', of_sequence)
    model.target_net = ExponentialMovingAverage(of_sequence(model))
    with pytest.raises(ValueError, match='2 averaged models, teacher and tar'):
        compile_backbones(model)
    model = with_average('teacher', lambda model: model.head)
    with pytest.raises(
        ValueError,
        match='RegionCLS.teacher averages a LatentPredictHead, in which',
    ):
        compile_backbones(model)


def test_without_a_compiler_training_goes_on(quickstart, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError('no g++ here\nand so on')

    told = []
    monkeypatch.setattr(compile_backbone_hook.torch, 'compile', fail)
    cfg = copy.deepcopy(quickstart)
    cfg.custom_hooks = [dict(type='CompileBackboneHook')]
    runner = Runner.from_cfg(cfg)
    monkeypatch.setattr(runner.logger, 'warning', told.append)
    runner.train()
    assert runner.iter == 2
    (text,) = [x for x in told if 'not compiled' in x]
    assert text.endswith('RuntimeError: no g++ here')


@pytest.mark.gpu
def test_inductor_on_a_gpu(quickstart):
    expected, _ = losses(quickstart)
    found, _ = losses(quickstart, backend='inductor')
    torch.testing.assert_close(found, expected, rtol=1e-2, atol=1e-3)
