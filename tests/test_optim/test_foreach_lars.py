"""LARS by calls for all tensors does what mmpretrain's does."""

import copy

import pytest
import torch
from mmpretrain.engine.optimizers import LARS
from mmpretrain.registry import OPTIMIZERS
from test_hooks.test_buffered_runtime_info_hook import Waits

from regioncl_mm.optim import ForeachLARS

RECIPES = {
    'byol': dict(momentum=0.9, weight_decay=1e-6),
    'linear': dict(momentum=0.9, weight_decay=0.0),
    'nesterov': dict(momentum=0.9, weight_decay=1e-4, nesterov=True),
    'dampened': dict(momentum=0.8, weight_decay=1e-2, dampening=0.3),
    'no momentum': dict(momentum=0.0, weight_decay=1e-2, eta=0.02),
}


def parameters():
    """Weights, a bias that is left out, one of zeros, one without gradient."""
    torch.manual_seed(0)
    shapes = (4, 3, 3, 3), (4,), (5, 4), (5,)
    found = [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]
    found[2].data.zero_()
    return [
        dict(params=[found[0], found[2], found[3]]),
        dict(params=[found[1]], lars_exclude=True),
    ]


def train(kind, steps, **recipe):
    groups = parameters()
    optimizer = kind(groups, lr=0.7, **recipe)
    torch.manual_seed(1)
    for step in range(steps):
        optimizer.zero_grad()
        for group in groups:
            for i, p in enumerate(group['params']):
                if i < 2 or step > 1:  # the third comes later
                    p.grad = torch.randn_like(p)
        if step == 1:  # and one gets nothing
            groups[0]['params'][0].grad.zero_()
        optimizer.step()
    return optimizer, [p for group in groups for p in group['params']]


@pytest.mark.parametrize('name', RECIPES)
def test_updates_are_those_of_mmpretrain(name):
    theirs, expected = train(LARS, 6, **RECIPES[name])
    ours, found = train(ForeachLARS, 6, **RECIPES[name])
    torch.testing.assert_close(found, expected, rtol=2e-6, atol=2e-6)
    states = [x.state_dict()['state'] for x in (ours, theirs)]
    torch.testing.assert_close(*states, rtol=2e-6, atol=2e-6)


def test_one_step_by_hand():
    weight = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    weight.grad = torch.tensor([0.0, 2.0])
    optimizer = ForeachLARS(
        [weight], lr=0.1, momentum=0.9, weight_decay=0.5, eta=0.2
    )
    optimizer.step()
    # 0.2 * 5 / (2 + 0.5 * 5), times the rate, times gradient and decay.
    rate = 0.1 * 1 / 4.5
    expected = torch.tensor([3 - rate * 1.5, 4 - rate * 4])
    torch.testing.assert_close(weight.data, expected)


def test_it_waits_for_nothing():
    optimizer, _ = train(ForeachLARS, 3, **RECIPES['byol'])
    with Waits() as waits:
        optimizer.step()
    assert not waits.found
    with Waits() as waits:
        train(LARS, 1, **RECIPES['byol'])
    assert waits.found


def test_a_state_of_mmpretrains_is_gone_on_with():
    theirs, weights = train(LARS, 3, **RECIPES['byol'])
    before = copy.deepcopy([weights, theirs.state_dict()])
    theirs.step()
    groups = copy.deepcopy(theirs.param_groups)
    start = iter(before[0])
    for group, old in zip(groups, theirs.param_groups):
        for p, trained in zip(group['params'], old['params']):
            p.data.copy_(next(start))
            p.grad = trained.grad.clone()
    ours = ForeachLARS(groups, lr=0.7, **RECIPES['byol'])
    ours.load_state_dict(before[1])
    ours.step()
    found = [p for group in ours.param_groups for p in group['params']]
    torch.testing.assert_close(found, weights, rtol=2e-6, atol=2e-6)


def test_a_closure_is_called():
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = OPTIMIZERS.build(
        dict(type='ForeachLARS', params=[weight], lr=0.1)
    )

    def closure():
        loss = (weight**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 2
    assert (weight < 1).all()
