"""Whose the loss of a region head is, and its tensors."""

import copy

import pytest
import torch
from algorithms import ALGORITHMS, build, build_base, views
from mmengine.optim import DefaultOptimWrapperConstructor
from mmpretrain.registry import MODELS
from torch import nn

from regioncl_mm.models import RegionSimilarityHead


@MODELS.register_module()
class LearntCosine(nn.Module):
    """A loss that owns tensors: a scale to be trained, and a count."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.register_buffer('calls', torch.tensor(0))

    def forward(self, predictions, targets):
        self.calls += 1
        cosines = torch.cosine_similarity(predictions, targets)
        return -self.scale * cosines.mean()


LEARNT = dict(type='LearntCosine')


def with_learnt_loss(name, **changes):
    head = {**ALGORITHMS[name][2]['head'], 'loss': LEARNT}
    return build(name, head=head, **changes)


bases = pytest.mark.parametrize('name', ['s', 'byol'])


@bases
def test_the_tensors_of_the_bases_loss_are_registered_once(name):
    model = with_learnt_loss(name)
    base = with_learnt_loss(name, region_branch=None)
    assert list(model.state_dict()) == list(base.state_dict())
    owned = [key for key, _ in model.named_modules(remove_duplicate=False)]
    assert 'head.loss_module' in owned
    assert 'region_head.loss_module' not in owned


@bases
def test_the_bases_loss_is_trained_by_both(name):
    model = with_learnt_loss(name)
    losses = model.loss(views(), None)
    losses['loss_region'].backward()
    module = model.head.loss_module
    of_regions = module.scale.grad.item()
    assert abs(of_regions) > 0
    assert module.calls == 2 + 4  # a view's instances, and its two regions
    torch.testing.assert_close(
        losses['loss_region'].item(), of_regions * 2, check_dtype=False
    )


@bases
def test_an_optimizer_with_a_rate_for_the_loss(name):
    """mmengine's goes through all modules by their names."""
    constructor = DefaultOptimWrapperConstructor(
        dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1)),
        dict(custom_keys=dict(loss_module=dict(lr_mult=0.5))),
    )
    model = with_learnt_loss(name)
    groups = constructor(model).optimizer.param_groups
    scale = model.head.loss_module.scale
    (rate,) = (g['lr'] for g in groups if any(p is scale for p in g['params']))
    assert rate == 0.05


@bases
def test_a_copy_has_its_own_loss(name):
    model = with_learnt_loss(name)
    other = copy.deepcopy(model)
    assert other.region_head.loss_module is other.head.loss_module
    assert other.head.loss_module is not model.head.loss_module


def test_the_loss_of_a_config_belongs_to_the_head():
    model = build('byol', region_head=dict(loss=LEARNT))
    added = set(model.state_dict()) - set(build_base('byol').state_dict())
    assert added == {
        'region_head.loss_module.scale',
        'region_head.loss_module.calls',
    }
    head = RegionSimilarityHead(loss=LEARNT)
    assert list(head.state_dict()) == [
        'loss_module.scale',
        'loss_module.calls',
    ]


def test_the_default_is_the_cosine():
    a, b = torch.randn(2, 3, 5)
    expected = -torch.cosine_similarity(a, b).mean()
    loss = RegionSimilarityHead().loss_module
    torch.testing.assert_close(loss(a, b), expected)
