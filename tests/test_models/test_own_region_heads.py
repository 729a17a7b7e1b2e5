"""A region head of one's own counts in every algorithm."""

import pytest
import torch
from algorithms import ALGORITHMS, build, views
from torch import nn

from regioncl_mm.models import RegionContrastHead


class OwnLoss(RegionContrastHead):
    """Four times Eq. 2, by another ``loss``."""

    def loss(self, *arguments):
        return 4 * super().loss(*arguments)


class OwnContrasts(RegionContrastHead):
    """The canvas alone."""

    def contrasts(self, *arguments):
        return super().contrasts(*arguments)[:1]


class OwnCombination(RegionContrastHead):
    """The canvas counts ten times as much as in Eq. 2."""

    def combine(self, losses):
        canvas, paste = losses
        return super().combine([10 * canvas, paste])


def has_contrast(name):
    return type(build(name).region_head) is RegionContrastHead


CONTRASTED = [name for name in ALGORITHMS if has_contrast(name)]
TWO_PHASES = [(name, dict(two_phase=True)) for name in ('m', 'd')]
every = pytest.mark.parametrize(
    'name, changes', [*((name, {}) for name in CONTRASTED), *TWO_PHASES]
)


def test_they_are_the_contrastive_ones():
    assert {'m', 'd', 'm3', 'moby'} <= set(CONTRASTED)
    assert 's' not in CONTRASTED


def region_loss(name, **changes):
    """The region loss of one step, and its gradients by parameter."""
    torch.manual_seed(0)
    model = build(name, **changes)
    torch.manual_seed(1)
    loss = model.loss(views(), None)['loss_region']
    loss.backward()
    return loss.detach(), {
        key: parameter.grad
        for key, parameter in model.named_parameters()
        if parameter.grad is not None
    }


def assert_is(found, expected, factor=1):
    (loss, gradients), (of_loss, of_gradients) = found, expected
    torch.testing.assert_close(loss, factor * of_loss)
    assert gradients.keys() == of_gradients.keys() and len(gradients) > 10
    for key, gradient in of_gradients.items():
        torch.testing.assert_close(
            gradients[key], factor * gradient, rtol=1e-4, atol=1e-6, msg=key
        )
    assert sum(g.abs().sum() for g in gradients.values()) > 0


@every
def test_own_loss(name, changes):
    own = region_loss(name, region_head=dict(type=OwnLoss), **changes)
    assert_is(own, region_loss(name, **changes), factor=4)


@every
def test_own_contrasts(name, changes):
    own = region_loss(name, region_head=dict(type=OwnContrasts), **changes)
    canvas = dict(use_paste=False)
    assert_is(own, region_loss(name, region_head=canvas, **changes))


@every
def test_own_combination(name, changes):
    own = region_loss(name, region_head=dict(type=OwnCombination), **changes)
    canvas, _ = region_loss(name, region_head=dict(use_paste=False), **changes)
    whole, _ = region_loss(name, **changes)
    torch.testing.assert_close(own[0], whole + 9 * canvas)
    assert sum(g.abs().sum() for g in own[1].values()) > 0


@pytest.mark.parametrize('name', CONTRASTED)
def test_a_loss_put_into_a_head_that_is_there(name):
    """As a notebook tries something out, without a class."""
    model = build(name)
    model.region_head.loss = lambda views, *_: 7 * views.canvas.sum()
    torch.manual_seed(1)
    loss = model.loss(views(), None)['loss_region']
    canvas = model.observed[2].canvas
    sides = 2 if name in ('m3', 'moby') else 1
    assert loss.isfinite()
    if sides == 1:
        torch.testing.assert_close(loss.detach(), 7 * canvas.sum())


class Attraction(nn.Module):
    """Not a RegionContrastHead at all: canvases near their keys."""

    def __init__(self, **_):
        super().__init__()

    def loss(self, views, keys, queue, *_):
        assert not queue.requires_grad
        return -(views.canvas * keys).sum(1).mean()


@pytest.mark.parametrize('name', ['m', 'd'])
def test_a_head_that_is_no_contrast(name):
    model = build(name, region_head=dict(type=Attraction))
    loss = model.loss(views(), None)['loss_region']
    _, keys, regions = model.observed
    expected = -(regions.canvas * keys).sum(1).mean()
    torch.testing.assert_close(loss.detach(), expected)
    loss.backward()
    assert model.backbone.conv1.weight.grad.abs().sum() > 0
