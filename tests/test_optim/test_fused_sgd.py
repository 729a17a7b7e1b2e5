"""SGD in one pass does what torch's does, however tensors are stored."""

import copy

import pytest
import torch
from mmpretrain.registry import OPTIMIZERS
from torch import nn
from torch.optim import SGD

from regioncl_mm.optim import FusedSGD
from regioncl_mm.optim.fused_sgd import _is_fusible

RECIPES = {
    'pretraining': dict(momentum=0.9, weight_decay=1e-4),
    'linear': dict(momentum=0.9, weight_decay=0.0),
    'nesterov': dict(momentum=0.9, weight_decay=1e-2, nesterov=True),
    'dampened': dict(momentum=0.8, dampening=0.3),
    'no momentum': dict(weight_decay=1e-2),
}
LAST = torch.channels_last
fusible = pytest.mark.skipif(
    not _is_fusible(), reason='this torch has no fused SGD for CPUs'
)


def parameters():
    """A kernel, a kernel of one pixel, a bias, and one without gradient."""
    torch.manual_seed(0)
    shapes = (4, 3, 3, 3), (5, 4, 1, 1), (5,), (2,)
    return [nn.Parameter(torch.randn(shape)) for shape in shapes]


def take_steps(optimizer, steps, layouts=(torch.preserve_format,)):
    """Gradients of a seed, stored in these formats in turn."""
    torch.manual_seed(1)
    (group,) = optimizer.param_groups
    *trained, _ = group['params']
    for step in range(steps):
        for p in trained:
            p.grad = torch.randn(p.shape)
            if p.dim() == 4:
                layout = layouts[step % len(layouts)]
                p.grad = p.grad.contiguous(memory_format=layout)
        optimizer.step()
    return group['params']


def to_channels_last(weights):
    for p in weights:
        if p.dim() == 4:
            p.data = p.data.contiguous(memory_format=LAST)


@pytest.mark.parametrize('name', RECIPES)
def test_updates_are_those_of_torch(name):
    expected = take_steps(SGD(parameters(), lr=0.3, **RECIPES[name]), 4)
    optimizer = FusedSGD(parameters(), lr=0.3, **RECIPES[name])
    torch.testing.assert_close(take_steps(optimizer, 4), expected)


def test_one_step_by_hand():
    weight = nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = OPTIMIZERS.build(
        dict(type='FusedSGD', params=[weight], lr=0.5, momentum=0.9)
    )
    for expected in ([0.5, 2.5], [-0.45, 3.45]):  # momentum 1, and 1 + 0.9
        weight.grad = torch.tensor([1.0, -1.0])
        optimizer.step()
        assert weight.tolist() == pytest.approx(expected)


@fusible
def test_it_is_fused():
    optimizer = FusedSGD(parameters(), lr=0.3)
    assert [x['fused'] for x in optimizer.param_groups] == [True]
    optimizer = FusedSGD(parameters(), lr=0.3, foreach=True)
    assert [x['fused'] for x in optimizer.param_groups] == [None]
    on_meta = [nn.Parameter(torch.empty(2, device='meta'))]
    assert FusedSGD(on_meta, lr=0.3).param_groups[0]['fused'] is None


def test_without_a_fused_one_it_is_torchs(monkeypatch):
    _is_fusible.cache_clear()
    with monkeypatch.context() as patch:

        def refuse(*arguments, **others):
            raise RuntimeError('`fused=True` requires supported devices')

        patch.setattr('regioncl_mm.optim.fused_sgd.SGD', refuse)
        optimizer = FusedSGD(parameters(), lr=0.3)
    _is_fusible.cache_clear()
    assert not optimizer.param_groups[0].get('fused')
    expected = take_steps(SGD(parameters(), lr=0.3), 2)
    torch.testing.assert_close(take_steps(optimizer, 2), expected)


def test_hooks_of_a_step_are_called_once():
    SGD(parameters(), lr=0.3)  # torch wraps a class's step at its first use
    optimizer, called = FusedSGD(parameters(), lr=0.3), []
    optimizer.register_step_pre_hook(lambda *_: called.append('before'))
    optimizer.register_step_post_hook(lambda *_: called.append('after'))
    take_steps(optimizer, 1)
    assert called == ['before', 'after']


@pytest.mark.parametrize('copied', [False, True])
@pytest.mark.parametrize('layouts', [(LAST,), (torch.contiguous_format, LAST)])
def test_weights_that_become_channels_last(layouts, copied):
    """As ChannelsLastHook makes them, with momentum from before."""
    runs = []
    for kind in (SGD, FusedSGD):
        optimizer = kind(parameters(), lr=0.3, momentum=0.9)
        take_steps(optimizer, 2)
        if copied:
            optimizer = copy.deepcopy(optimizer)
        to_channels_last(optimizer.param_groups[0]['params'])
        runs.append(take_steps(optimizer, 2, layouts))
    torch.testing.assert_close(*runs)


@pytest.mark.parametrize('kinds', [(SGD, FusedSGD), (FusedSGD, SGD)])
def test_a_state_is_gone_on_with_by_the_other(kinds):
    before, after = (
        kind(parameters(), lr=0.3, momentum=0.9) for kind in kinds
    )
    take_steps(before, 2)
    fused = after.param_groups[0].get('fused')
    weights = copy.deepcopy(before.param_groups[0]['params'])
    for p, value in zip(after.param_groups[0]['params'], weights):
        p.data = value.data
    after.load_state_dict(copy.deepcopy(before.state_dict()))
    if kinds[1] is FusedSGD:
        assert after.param_groups[0].get('fused') == fused
    torch.testing.assert_close(take_steps(after, 2), take_steps(before, 2))
