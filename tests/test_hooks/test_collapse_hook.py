"""A collapse that lasts is told of once; a healthy run is not."""

import math
from types import SimpleNamespace

import pytest
import torch
from algorithms import ALGORITHMS, build, views
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

from regioncl_mm.collapse import looks_collapsed, loss_if_constant
from regioncl_mm.hooks import CollapseHook, collapse_hook

QUEUES = {'m': 1, 'moby': 2}


@pytest.fixture(autouse=True)
def every_step_is_logged(monkeypatch):
    monkeypatch.setattr(collapse_hook, 'is_logged', lambda *_: True)


def constant_output(model):
    """Have the last layer give the same vector for every image."""
    for module in (model.neck, getattr(model.head, 'predictor', None)):
        for layer in module.modules() if module is not None else ():
            if isinstance(layer, torch.nn.Linear):
                torch.nn.init.zeros_(layer.weight)
                if layer.bias is not None:
                    torch.nn.init.ones_(layer.bias)
            if getattr(layer, 'bias', None) is not None:
                torch.nn.init.ones_(layer.bias)
    return model


def garments(step, batch=8):
    """Two views (batch, 1, 28, 28) of shapes that differ, with noise."""
    generator = torch.Generator().manual_seed(step)
    shapes = 2 * torch.randn(batch, 1, 4, 4, generator=generator)
    large = torch.nn.functional.interpolate(shapes, 28, mode='bilinear')
    noise = torch.randn(2, *large.shape, generator=generator)
    return list(large + 0.3 * noise)


def run(model, steps=20, lr=0.0, max_iters=20, hook=None):
    """Train a model on random images; what the hook said."""
    said, hub = [], MessageHub.get_current_instance()
    log = SimpleNamespace(warning=said.append, info=said.append)
    runner = SimpleNamespace(
        model=model,
        iter=0,
        max_iters=max_iters,
        logger=log,
        message_hub=hub,
    )
    optimizer = torch.optim.SGD(model.parameters(), lr)
    wrapper = OptimWrapper(optimizer)
    hook = hook or CollapseHook()
    for step in range(steps):
        runner.iter = step
        losses = model.loss(garments(step), None)
        loss, _ = model.parse_losses(losses)
        wrapper.update_params(loss)
        value = losses['loss_instance'].item()
        hub.update_scalar('train/loss_instance', value)
        hook.after_train_iter(runner, step)
    return said


@pytest.mark.parametrize('name', ALGORITHMS)
def test_a_healthy_run_from_a_random_start_is_not_told_of(name):
    torch.manual_seed(2)
    hook = CollapseHook(steps=8)
    assert run(build(name), 16, lr=0.05, max_iters=400, hook=hook) == []


@pytest.mark.parametrize('name', ['m', 's', 'byol', 'moby'])
def test_a_collapsed_run_is_told_of_once(name):
    said = run(constant_output(build(name)))
    assert len(said) == 1
    assert said[0].startswith('collapse: since step 1 all images have')
    assert 'standard deviation of 0.00000, of 0.35355 if spread' in said[0]
    assert 'optim_wrapper.optimizer.lr' in said[0]


def test_it_must_last_and_may_end():
    model, hook = build('s'), CollapseHook(steps=8)
    collapsed = constant_output(build('s'))
    assert run(collapsed, 8, max_iters=400, hook=hook) == []
    assert run(model, 1, max_iters=400, hook=hook) == []
    said = run(collapsed, 9, max_iters=400, hook=hook)
    assert len(said) == 1 and 'since step 1 ' in said[0]
    assert run(model, 2, max_iters=400, hook=hook) == [
        'step 1: embeddings differ again'
    ]


def test_few_looks_are_no_proof():
    collapsed = constant_output(build('m'))
    assert run(collapsed, 4, max_iters=4) == []
    assert len(run(collapsed, 5, max_iters=4)) == 1


@pytest.mark.parametrize('name', [*QUEUES, 's', 'byol'])
def test_the_loss_of_constant_embeddings(name):
    """As the method's own loss has it, once the queue is full of them."""
    model = constant_output(build(name, region_branch=None))
    expected = loss_if_constant(model)
    for step in range(4):
        losses = model.loss(views(8, seed=step), None)
    loss = losses['loss_instance'].item()
    assert min(abs(loss - x) for x in expected.values) < 1e-4
    if name in QUEUES:
        assert expected.values == (QUEUES[name] * math.log(17),)


def test_the_lowest_loss_without_negatives():
    same = torch.ones(4, 8)
    for name, factor in (('s', 1), ('byol', 4)):
        model = build(name)
        lowest = factor * model.head.loss_module(same, same).item()
        assert loss_if_constant(model).values[0] == pytest.approx(lowest)


def test_others_have_none():
    for name in ('simclr', 'd', 'm3', 'barlow'):
        assert loss_if_constant(build(name)) is None


@pytest.mark.parametrize(
    'spread, loss, collapsed',
    [
        (1.0, None, False),
        (0.09, None, True),
        (1.0, math.log(17), True),
        (1.0, 0.97 * math.log(17), False),
    ],
)
def test_spread_or_loss_is_enough(spread, loss, collapsed):
    constant = loss_if_constant(build('m'))
    assert looks_collapsed(spread, loss, constant) == collapsed


def test_the_quickstart_has_the_hook(quickstart):
    runner = Runner.from_cfg(quickstart)
    assert any(isinstance(hook, CollapseHook) for hook in runner.hooks)
