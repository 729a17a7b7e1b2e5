"""A run that goes on with a model of other shapes, and accepts it."""

from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from tiny_run import shuffled_pairs
from torch import nn

from regioncl_mm.checkpoints.training import load_from_local

OPTIMIZERS = dict(
    SGD=dict(type='SGD', lr=0.1, momentum=0.9),
    FusedSGD=dict(type='FusedSGD', lr=0.1, momentum=0.9),
    AdamW=dict(type='AdamW', lr=0.01),
)
STEPS = 4  # an epoch


@MODELS.register_module(force=True)
class BackboneAndNeck(BaseModel):
    """Its backbone has four channels, its neck some in some layers."""

    def __init__(self, width, layers=1):
        super().__init__()
        self.backbone = nn.Linear(3, 4)
        widths = [4] + [width] * layers
        self.neck = nn.Sequential(*map(nn.Linear, widths, widths[1:]))

    def forward(self, inputs, data_samples=None, mode='loss'):
        return dict(loss=self.neck(self.backbone(inputs)).pow(2).mean())


class AtTheBeginning(Hook):
    """Keeps what there is before the first step."""

    priority = 'LOWEST'

    def before_train(self, runner):
        model = runner.model
        names = [name for name, _ in model.named_parameters()]
        kept = runner.optim_wrapper.optimizer.state_dict()['state']
        self.state = {
            names[i]: {k: v.clone() for k, v in state.items()}
            for i, state in kept.items()
        }
        self.weights = {k: v.clone() for k, v in model.state_dict().items()}
        self.averages = {
            name: value.clone()
            for hook in runner.hooks
            if hasattr(hook, 'ema_model')
            for name, value in hook.ema_model.module.state_dict().items()
        }


def run(
    work_dir,
    optimizer='SGD',
    checkpoint=None,
    accept='',
    ema=False,
    counts=1,
    **model,
):
    """Train an epoch, or one more; returns the runner and its beginning."""
    torch.manual_seed(0)
    data = [
        dict(inputs=torch.randn(3), data_samples=DataSample())
        for _ in range(2 * STEPS)
    ]
    model = dict(dict(type='BackboneAndNeck', width=8), **model)
    runner = Runner(
        model,
        str(work_dir),
        train_dataloader=shuffled_pairs(data),
        train_cfg=dict(
            type='ResumableEpochBasedTrainLoop',
            max_epochs=2 if checkpoint else 1,
        ),
        optim_wrapper=dict(
            optimizer=OPTIMIZERS[optimizer], accumulative_counts=counts
        ),
        default_hooks=dict(
            checkpoint=dict(
                type='AtomicCheckpointHook', by_epoch=False, interval=1
            ),
            resume=dict(type='ResumeHook', accept=accept),
        ),
        custom_hooks=[dict(type='EMAHook', momentum=0.5)] if ema else [],
        load_from=checkpoint and str(checkpoint),
        resume=checkpoint is not None,
        default_scope='mmpretrain',
        log_level='WARNING',
        experiment_name=str(work_dir),
        cfg=dict(model=model),
    )
    beginning = AtTheBeginning()
    runner.register_hook(beginning)
    runner.train()
    return runner, beginning


def shapes_fit(runner):
    return all(
        value.shape == weight.shape
        for weight, state in runner.optim_wrapper.optimizer.state.items()
        for name, value in state.items()
        if name != 'step'
    )


def said(runner):
    (path,) = Path(runner.log_dir).glob('*.log')
    return path.read_text()


@pytest.mark.parametrize('width', [6, 16])
@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_a_neck_of_another_width_has_no_state(tmp_path, optimizer, width):
    run(tmp_path / 'a', optimizer)
    path = tmp_path / 'a/iter_4.pth'
    runner, beginning = run(
        tmp_path / 'b', optimizer, path, 'model', width=width
    )
    assert list(beginning.state) == ['backbone.weight', 'backbone.bias']
    saved = load_from_local(str(path))
    for i, state in enumerate(beginning.state.values()):
        for name, value in state.items():
            assert torch.equal(value, saved['optimizer']['state'][i][name])
    assert runner.iter == 2 * STEPS
    assert len(runner.optim_wrapper.optimizer.state) == 4 and shapes_fit(
        runner
    )
    assert (
        'begin anew: neck.0.weight, neck.0.bias, what the optimizer keeps of '
        'neck.0.weight, neck.0.bias\n'
    ) in said(runner)


def test_one_layer_more_is_without_any_state(tmp_path):
    run(tmp_path / 'a')
    runner, beginning = run(
        tmp_path / 'b',
        checkpoint=tmp_path / 'a/iter_4.pth',
        accept='model',
        layers=2,
    )
    assert beginning.state == {} and runner.iter == 2 * STEPS
    assert (
        'begin anew: neck.1.weight, neck.1.bias, all that the optimizer '
        'keeps, for it had 4 weights in 1 groups, and has 6 in 1'
    ) in said(runner)


@pytest.mark.parametrize('model', [dict(width=16), dict(layers=2)])
def test_an_average_begins_anew_where_its_model_does(tmp_path, model):
    run(tmp_path / 'a', ema=True)
    path = tmp_path / 'a/iter_4.pth'
    runner, beginning = run(
        tmp_path / 'b', checkpoint=path, accept='model', ema=True, **model
    )
    # mmengine exchanges the two in a checkpoint.
    saved = load_from_local(str(path))
    averages, weights = saved['state_dict'], saved['ema_state_dict']
    assert beginning.averages.keys() == beginning.weights.keys()
    for name, average in beginning.averages.items():
        weight = beginning.weights[name]
        if name in averages and averages[name].shape == weight.shape:
            assert torch.equal(average, averages[name]), name
            assert torch.equal(weight, weights[f'module.{name}']), name
        else:
            assert name.startswith('neck') and torch.equal(average, weight)
    assert runner.iter == 2 * STEPS


def test_it_is_refused_before_an_average_is_loaded(tmp_path):
    run(tmp_path / 'a', ema=True)
    with pytest.raises(ValueError, match='cannot go on .*accept=model'):
        run(
            tmp_path / 'b',
            checkpoint=tmp_path / 'a/iter_4.pth',
            ema=True,
            width=16,
        )


def test_half_a_window_of_its_gradients_is_left_out(tmp_path):
    run(tmp_path / 'a', counts=2)
    runner, _ = run(
        tmp_path / 'b',
        checkpoint=tmp_path / 'a/iter_3.pth',
        accept='model',
        counts=2,
        width=16,
    )
    assert runner.iter == 2 * STEPS
    assert 'half a window of gradients is left out' in said(runner)
