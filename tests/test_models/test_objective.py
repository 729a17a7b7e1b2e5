"""A step's objective by itself, without a model."""

import math

import pytest
import torch
from algorithms import CONTRAST
from mmpretrain.models.heads import ContrastiveHead
from mmpretrain.registry import MODELS
from torch import nn

from regioncl_mm.models import RegionContrastHead, RegionViews
from regioncl_mm.models.objective import Objective, add_up
from regioncl_mm.regions import Region

TAU = 0.5
# The two axes of the plane, and a queue that holds the first and its opposite.
X, Y = torch.eye(2).double().unbind()
QUEUE = torch.stack([X, -X], 1)


def exp(cosine):
    return math.exp(cosine / TAU)


# What a row costs that is drawn to a key at some cosine, and repelled by the
# queue of which it is itself an axis: the queue's are 1 and -1, or 0 and 0.
OWN_KEY_ON_X = -math.log(exp(1) / (exp(1) + exp(1) + exp(-1)))
OTHER_KEY_ON_X = -math.log(exp(0) / (exp(0) + exp(1) + exp(-1)))
OWN_KEY_ON_Y = -math.log(exp(1) / (exp(1) + 2 * exp(0)))


def rows(*vectors):
    return torch.stack(vectors).requires_grad_()


def instance_head(**loss):
    cfg = dict(type='CrossEntropyLoss', **loss)
    return MODELS.build(dict(CONTRAST, temperature=TAU, loss=cfg))


def regions(canvas, paste):
    """Two composites, each with the other's rectangle."""
    return RegionViews(canvas, paste, torch.tensor([1, 0]), Region(0, 0, 1, 1))


def test_instances_by_hand():
    step = Objective(QUEUE)
    step.add_instances(instance_head(), [rows(X, X)], [torch.stack([X, Y])])
    (loss,) = step.losses().values()
    expected = (OWN_KEY_ON_X + OTHER_KEY_ON_X) / 2
    assert loss.item() == pytest.approx(expected, abs=1e-12)


def test_regions_by_hand():
    """Eq. 2 of two composites, whose regions are the two axes."""
    canvas, paste = rows(X, X), rows(Y, Y)
    step = Objective(QUEUE)
    step.add_regions(
        RegionContrastHead(TAU),
        [regions(canvas, paste)],
        [torch.stack([X, Y])],
    )
    losses = step.losses()
    rival = exp(0)  # the other axis
    of_canvas = [  # with the keys X and Y
        -math.log(exp(1) / (exp(1) + exp(1) + exp(-1) + rival)),
        -math.log(exp(0) / (exp(0) + exp(1) + exp(-1) + rival)),
    ]
    of_paste = [  # with their partners' keys, Y and X
        -math.log(exp(1) / (exp(1) + 2 * exp(0) + rival)),
        -math.log(exp(0) / (exp(0) + 2 * exp(0) + rival)),
    ]
    expected = (sum(of_canvas) / 2 + sum(of_paste) / 2) / 2
    assert list(losses) == ['loss_region']
    assert losses['loss_region'].item() == pytest.approx(expected, abs=1e-12)
    losses['loss_region'].backward()
    assert canvas.grad.abs().sum() > 0 and paste.grad.abs().sum() > 0


def test_a_side_without_regions_adds_nothing():
    step = Objective(QUEUE)
    step.add_regions(RegionContrastHead(TAU), [None, None], [rows(X)] * 2)
    assert step.losses() == {}


def test_sides_are_averaged_and_weights_multiply():
    """Two sides of one row each; regions on the first alone are its mean."""
    step = Objective(QUEUE)
    step.add_instances(
        instance_head(), [rows(X), rows(Y)], [rows(X), rows(Y)], weight=3.0
    )
    step.add_instances(instance_head(), [rows(X)], [rows(Y)], 0.5, 'loss_more')
    views = regions(rows(X, X), rows(Y, Y))
    keys = torch.stack([X, Y])
    step.add_regions(
        RegionContrastHead(TAU), [views, None], [keys, keys], weight=2.0
    )
    losses = step.losses()
    assert losses['loss_instance'].item() == pytest.approx(
        3 * (OWN_KEY_ON_X + OWN_KEY_ON_Y) / 2
    )
    assert losses['loss_more'].item() == pytest.approx(0.5 * OTHER_KEY_ON_X)
    alone = RegionContrastHead(TAU).loss(views, keys, QUEUE)
    assert losses['loss_region'].item() == pytest.approx(2 * alone.item())


def test_losses_come_in_the_order_of_their_names():
    """Whatever was added first: a sum of losses has the same bits."""
    keys = torch.stack([X, Y])
    views = regions(rows(X, X), rows(Y, Y))
    step = Objective(QUEUE)
    step.add_regions(RegionContrastHead(TAU), [views], [keys])
    step.add_instances(instance_head(), [rows(X)], [rows(X)])
    step.add_instances(instance_head(), [rows(X)], [rows(X)], 1.0, 'loss_a')
    assert list(step.losses()) == ['loss_a', 'loss_instance', 'loss_region']


def test_the_queue_is_passed_once(monkeypatch):
    """All that is contrasted with it, rows of instances and of regions."""
    seen = []
    from regioncl_mm.models.objective import objective

    taken = objective.contrast_all
    monkeypatch.setattr(
        objective,
        'contrast_all',
        lambda contrasts, queue: (
            seen.append(len(contrasts)) or taken(contrasts, queue)
        ),
    )
    keys = torch.stack([X, Y])
    step = Objective(QUEUE)
    views = regions(rows(X, X), rows(Y, Y))
    step.add_regions(RegionContrastHead(TAU), [views, views], [keys, keys])
    step.add_instances(instance_head(), [rows(X)], [rows(X)])
    step.losses()
    assert seen == [2 * 2 + 1]


class Margin(ContrastiveHead):
    """A head whose loss is of its own making: mean positive less mean
    negative."""

    def loss(self, pos, neg):
        assert pos.shape == (2, 1) and neg.shape == (2, 2)
        return neg.mean() - pos.mean()


def margin_head():
    return Margin(dict(type='CrossEntropyLoss'), TAU)


def test_a_head_with_another_loss_gets_all_logits():
    step = Objective(QUEUE)
    step.add_instances(margin_head(), [rows(X, X)], [torch.stack([X, Y])])
    (loss,) = step.losses().values()
    # Positives are 1 and 0, and negatives 1 and -1 of both.
    assert loss.item() == -0.5


@pytest.mark.parametrize(
    'changes, expected',
    [
        (dict(loss_weight=0.25), 0.25 * (OWN_KEY_ON_X + OTHER_KEY_ON_X) / 2),
        (dict(reduction='sum'), OWN_KEY_ON_X + OTHER_KEY_ON_X),
    ],
)
def test_settings_of_cross_entropy_count(changes, expected):
    step = Objective(QUEUE)
    step.add_instances(
        instance_head(**changes), [rows(X, X)], [torch.stack([X, Y])]
    )
    (loss,) = step.losses().values()
    assert loss.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize('make', [instance_head, margin_head])
def test_the_queue_may_be_overwritten_before_the_backward_pass(make):
    gradients = []
    for overwritten in (False, True):
        queue, queries = QUEUE.clone(), rows(X, (X + Y) / math.sqrt(2))
        step = Objective(queue)
        step.add_instances(make(), [queries], [torch.stack([X, Y])])
        (loss,) = step.losses().values()
        if overwritten:
            queue.zero_()
        loss.backward()
        gradients.append(queries.grad)
    assert torch.equal(*gradients) and gradients[0].abs().sum() > 0


def test_two_phases_by_hand():
    """The loss ahead waits with its gradient, and its graph is gone."""
    weight = nn.Parameter(torch.tensor(1.0).double())
    keys = torch.stack([X, Y])
    views = regions(torch.stack([X, X]) * weight, torch.stack([Y, Y]))
    views = views.replaced(views.canvas + Y * weight**2, views.paste)
    expected = RegionContrastHead(TAU).loss(views, keys, QUEUE)
    (gradient,) = torch.autograd.grad(expected, weight, retain_graph=True)

    step = Objective(QUEUE)
    step.add_regions(RegionContrastHead(TAU), [views], [keys])
    step.take_gradients([weight])
    with pytest.raises(RuntimeError, match='a second time'):
        views.canvas.sum().backward()
    step.add_instances(instance_head(), [rows(X)], [rows(X)])
    losses = step.losses()
    assert list(losses) == ['loss_region', 'loss_instance']
    assert torch.equal(losses['loss_region'], expected)
    assert weight.grad is None
    sum(losses.values()).backward()
    assert torch.equal(weight.grad, gradient)


def test_nothing_to_take_ahead_is_nothing_done():
    step = Objective(QUEUE)
    step.add_regions(RegionContrastHead(TAU), [None], [rows(X)])
    step.take_gradients([])
    assert step.losses() == {}


def test_objectives_add_up():
    losses = []
    for key in (X, Y):
        step = Objective(QUEUE)
        step.add_instances(instance_head(), [rows(X)], [rows(key)])
        losses.append(step.losses())
    total = add_up(*losses)
    assert list(total) == ['loss_instance']
    assert total['loss_instance'].item() == pytest.approx(
        OWN_KEY_ON_X + OTHER_KEY_ON_X
    )
