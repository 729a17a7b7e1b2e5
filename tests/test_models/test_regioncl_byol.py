"""RegionCL + BYOL, written out; every other test has it in its list."""

import copy

import pytest
import torch
from algorithms import BYOL_CONFIG, build, views
from reference import assert_same_gradients, composites, pooled
from test_models.test_regioncl_s import mlp

from regioncl_mm.transfer import find_backbone

CLOSE = dict(rtol=1e-9, atol=1e-9)


def predictions(model, images, region, partner):
    """q, c, p (N, D): one batch through projector and predictor."""
    features = model.backbone(composites(images, region, partner))[0]
    parts = pooled(model.backbone(images)[0]), *pooled(features, region)
    projected = mlp(model.neck, torch.cat(parts))
    return mlp(model.head.predictor, projected).chunk(3)


def regress(predicted, targets):
    """Minus the cosine, row by row, times BYOL's two."""
    rows = zip(predicted, targets)
    return (
        -2
        * sum(torch.cosine_similarity(p, z, dim=0) for p, z in rows)
        / len(targets)
    )


def test_a_step_equals_the_written_out_one():
    torch.manual_seed(0)
    model = build('byol').double()
    reference = copy.deepcopy(model)
    inputs = [view.double() for view in views(5)]
    torch.manual_seed(7)
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    drawn = [reference.region_branch.draw(images) for images in inputs]
    assert drawn[0][0] != drawn[1][0]
    predicted = [
        predictions(reference, images, *of_view)
        for images, of_view in zip(inputs, drawn)
    ]
    with torch.no_grad():  # the first update of the average copies
        target = copy.deepcopy(reference.backbone)
        keys = [
            mlp(reference.neck, pooled(target(images)[0])) for images in inputs
        ]
    instance = region = 0
    for (q, c, p), k, (_, partner) in zip(predicted, keys[::-1], drawn):
        instance += regress(q, k)
        region += (regress(c, k) + regress(p, k[partner])) / 2
    (instance + region).backward()

    torch.testing.assert_close(losses['loss_instance'], instance, **CLOSE)
    torch.testing.assert_close(losses['loss_region'], region, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)


def test_regions_have_the_instance_loss():
    loss = dict(type='CosineSimilarityLoss', scale_factor=3.0)
    model = build('byol', head={**BYOL_CONFIG['head'], 'loss': loss})
    assert model.region_head.loss_module is model.head.loss_module
    own = dict(loss=dict(type='CosineSimilarityLoss', scale_factor=0.5))
    model = build('byol', region_head=own)
    assert model.region_head.loss_module.scale_factor == 0.5


def test_keys_are_encoded_without_moving_the_momentum_encoder():
    model = build('byol')
    model.loss(views(), None)
    steps = model.target_net.steps.item()
    keys = model.encode_keys(views()[0])
    assert model.target_net.steps.item() == steps == 1
    assert not keys.requires_grad
    assert keys.shape == (4, 8)


@pytest.mark.parametrize('encoder', ['online', 'momentum'])
def test_both_backbones_are_found_in_a_checkpoint(encoder):
    torch.manual_seed(0)
    model = build('byol')
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(2):
        optimizer.zero_grad()
        sum(model.loss(views(seed=step), None).values()).backward()
        optimizer.step()
    found, prefix = find_backbone(model.state_dict(), encoder)
    expected, name = model.backbone, 'backbone.'
    if encoder == 'momentum':
        expected, name = model.target_net.module[0], 'target_net.module.0.'
    assert prefix == name and found.keys() == expected.state_dict().keys()
    for key, tensor in expected.state_dict().items():
        assert torch.equal(found[key], tensor), key
    first = next(iter(found))
    assert not torch.equal(
        model.backbone.state_dict()[first],
        model.target_net.module[0].state_dict()[first],
    )
