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
    take_steps(optimizer, 1)
    assert [x['fused'] for x in optimizer.param_groups] == [True]
    for way in (dict(foreach=True), dict(fused=False)):
        optimizer = FusedSGD(parameters(), lr=0.3, **way)
        take_steps(optimizer, 1)
        (group,) = optimizer.param_groups
        assert {key: group[key] for key in way} == way
        assert not group['fused']
    on_meta = nn.Parameter(torch.empty(2, device='meta'))
    on_meta.grad = torch.empty_like(on_meta)
    optimizer = FusedSGD([on_meta], lr=0.3)
    optimizer.step()
    assert optimizer.param_groups[0]['fused'] is None


def test_without_a_fused_one_it_is_torchs(monkeypatch):
    _is_fusible.cache_clear()
    with monkeypatch.context() as patch:

        def refuse(*arguments, **others):
            raise RuntimeError('`fused=True` requires supported devices')

        patch.setattr('regioncl_mm.optim.fused_sgd.SGD', refuse)
        optimizer = FusedSGD(parameters(), lr=0.3)
        expected = take_steps(SGD(parameters(), lr=0.3), 2)
        torch.testing.assert_close(take_steps(optimizer, 2), expected)
        assert not optimizer.param_groups[0].get('fused')
    _is_fusible.cache_clear()


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


@pytest.mark.parametrize('layouts', [(None, LAST), (LAST, None), (LAST, LAST)])
@pytest.mark.parametrize('kinds', [(SGD, FusedSGD), (FusedSGD, SGD)])
def test_a_state_is_gone_on_with_by_the_other(kinds, layouts):
    """The weights of each are channels last, or as they come."""
    before, after = (
        kind(parameters(), lr=0.3, momentum=0.9) for kind in kinds
    )
    for optimizer, layout in zip((before, after), layouts):
        if layout is LAST:
            to_channels_last(optimizer.param_groups[0]['params'])
    take_steps(before, 2)
    for p, value in zip(
        *(x.param_groups[0]['params'] for x in (after, before))
    ):
        p.data.copy_(value.data)
    after.load_state_dict(copy.deepcopy(before.state_dict()))
    if kinds[1] is SGD:
        assert not after.param_groups[0].get('fused')
    torch.testing.assert_close(take_steps(after, 2), take_steps(before, 2))


@pytest.mark.parametrize('name', ['pretraining', 'nesterov', 'dampened'])
def test_a_weight_whose_gradient_comes_later(name):
    """As of a layer that is no longer frozen."""
    runs = []
    for kind in (SGD, FusedSGD):
        weights = parameters()
        optimizer = kind(weights, lr=0.3, **RECIPES[name])
        take_steps(optimizer, 1)
        weights[-1].grad = torch.ones(2)
        runs.append(take_steps(optimizer, 3))
    torch.testing.assert_close(*runs)


def test_gradients_that_a_closure_makes_in_another_layout():
    runs = []
    for kind in (SGD, FusedSGD):
        weights = parameters()
        to_channels_last(weights)
        optimizer = kind(weights, lr=0.3, momentum=0.9)

        def closure(weight=weights[0]):
            torch.manual_seed(1)
            weight.grad = torch.randn(weight.shape)
            return 0.0

        optimizer.step(closure)
        runs.append(weights)
    torch.testing.assert_close(*runs)


def test_a_weight_that_is_every_second_column_of_a_table():
    tables = []
    for kind in (SGD, FusedSGD):
        table = torch.zeros(3, 4)
        weight = nn.Parameter(table[:, ::2])
        weight.grad = torch.ones(3, 2)
        kind([weight], lr=1.0).step()
        tables.append(table)
    assert tables[1].tolist() == [[-1, 0, -1, 0]] * 3
    assert tables[0].equal(tables[1])


def test_sparse_gradients():
    table = nn.Embedding(4, 2, sparse=True)
    before = table.weight.detach().clone()
    optimizer = FusedSGD(table.parameters(), lr=0.5)
    table(torch.tensor([1])).sum().backward()
    optimizer.step()
    before[1] -= 0.5
    assert table.weight.equal(before)


@fusible
@pytest.mark.parametrize('chosen', [{}, dict(fused=True)])
@pytest.mark.parametrize('rows', [1, 2, 16])
def test_a_state_of_another_shape_is_refused(rows, chosen):
    """It would be read as far as the weights go, and beyond its end."""
    before, after = (nn.Parameter(torch.ones(x, 3)) for x in (4, rows))
    optimizers = [
        FusedSGD([p], lr=0.1, momentum=0.9, **chosen) for p in (before, after)
    ]
    before.grad, after.grad = torch.ones(4, 3), torch.ones(rows, 3)
    optimizers[0].step()
    optimizers[1].load_state_dict(optimizers[0].state_dict())
    with pytest.raises(ValueError, match=rf'\({rows}, 3\) .* \(4, 3\)'):
        optimizers[1].step()
