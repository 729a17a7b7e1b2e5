import copy

import pytest
import torch
from mmengine.runner import Runner

from regioncl_mm.hooks import compile_backbone_hook


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


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_inductor_on_a_gpu(quickstart):
    expected, _ = losses(quickstart)
    found, _ = losses(quickstart, backend='inductor')
    torch.testing.assert_close(found, expected, rtol=1e-2, atol=1e-3)
