"""RegionCL + Barlow Twins, written out; every other test has it in its
list."""

import copy

import torch
from algorithms import BARLOW, build, views
from reference import assert_same_gradients, composites, pooled
from test_models.test_regioncl_s import mlp

from regioncl_mm.models import RegionSimilarityHead

CLOSE = dict(rtol=1e-9, atol=1e-9)
LAMBDA = 0.0051  # mmpretrain's


def standardised(rows):
    """Without mean and scale over the batch, as batch norm does it."""
    return torch.stack(
        [
            (x - x.mean()) / (x.var(unbiased=False) + 1e-5).sqrt()
            for x in rows.t()
        ]
    ).t()


def correlation(a, b):
    """The sums over the batch (D, D), to be divided by its size."""
    return torch.stack(
        [torch.stack([(x * y).sum() for y in b.t()]) for x in a.t()]
    )


def cross_correlation_loss(matrix):
    """Eq. 1 of Barlow Twins, component by component."""
    total = 0
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            total = total + ((1 - value) ** 2 if i == j else LAMBDA * value**2)
    return total


def compare(a, b):
    return cross_correlation_loss(
        correlation(standardised(a), standardised(b)) / len(a)
    )


def embeddings(model, images, region, partner):
    """z, c, p (N, D): one batch through the projector."""
    features = model.backbone(composites(images, region, partner))[0]
    parts = pooled(model.backbone(images)[0]), *pooled(features, region)
    return mlp(model.neck, torch.cat(parts)).chunk(3)


def test_a_step_equals_the_written_out_one():
    torch.manual_seed(0)
    model = build('barlow').double()
    reference = copy.deepcopy(model)
    inputs = [view.double() for view in views(5)]
    torch.manual_seed(7)
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    drawn = [reference.region_branch.draw(images) for images in inputs]
    assert drawn[0][0] != drawn[1][0]
    (z_1, c_1, p_1), (z_2, c_2, p_2) = (
        embeddings(reference, images, *of_view)
        for images, of_view in zip(inputs, drawn)
    )
    instance = compare(z_1, z_2)
    k_1, k_2 = z_1.detach(), z_2.detach()
    region = (
        compare(c_1, k_2)
        + compare(p_1, k_2[drawn[0][1]])
        + compare(c_2, k_1)
        + compare(p_2, k_1[drawn[1][1]])
    ) / 4
    (instance + region).backward()

    torch.testing.assert_close(losses['loss_instance'], instance, **CLOSE)
    torch.testing.assert_close(losses['loss_region'], region, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)


def test_regions_have_the_instance_loss():
    loss = dict(type='CrossCorrelationLoss', lambd=0.5)
    model = build('barlow', head={**BARLOW['head'], 'loss': loss})
    a, b = torch.randn(2, 6, 8)
    head = model.region_head
    assert torch.equal(head.loss_module(a, b), model.head.loss(a, b))


def test_a_copy_has_its_own_loss():
    """The region head holds a method of its model, and no tensor."""
    model = build('barlow')
    other = copy.deepcopy(model)
    assert other.region_head.loss_module.__self__ is other
    assert not list(model.region_head.state_dict())
    assert isinstance(model.region_head, RegionSimilarityHead)
