import copy

import pytest
import torch
from algorithms import SIMSIAM, build, views
from reference import assert_same_gradients, composites, pooled
from torch import nn

from regioncl_mm.diagnostics import region_diagnostics

CLOSE = dict(rtol=1e-9, atol=1e-9)


def cosine_loss(predictions, targets):
    """SimSiam's D, row by row."""
    return -torch.stack(
        [
            torch.cosine_similarity(p, z.detach(), dim=0)
            for p, z in zip(predictions, targets)
        ]
    ).mean()


def mlp(neck, rows):
    """Projector or predictor, layer by layer."""
    rows = neck.bn0(neck.fc0(rows))
    for fc, bn in zip(neck.fc_names, neck.bn_names):
        rows = getattr(neck, fc)(rows.relu())
        rows = rows if bn is None else getattr(neck, bn)(rows)
    return rows


def encode(model, images, region, partner):
    """z (N, D); predictions q, c, p: Figure 7's one batch for all three."""
    features = model.backbone(composites(images, region, partner))[0]
    canvas, paste = pooled(features, region)
    q = pooled(model.backbone(images)[0])
    z = mlp(model.neck, torch.cat((q, canvas, paste)))
    predictions = mlp(model.head.predictor, z)
    return z[: len(images)], predictions.chunk(3)


def one_side(predictions, z, partner):
    q, c, p = predictions
    return (
        cosine_loss(q, z),
        (cosine_loss(c, z) + cosine_loss(p, z[partner])) / 2,
    )


@pytest.mark.parametrize('symmetric', [True, False])
def test_a_step_equals_algorithm_3_written_out(symmetric):
    torch.manual_seed(0)
    model = build('s', symmetric=symmetric).double()
    reference = copy.deepcopy(model)
    first, second = (view.double() for view in views(5))
    torch.manual_seed(7)
    losses = model.loss([first, second], None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    draw = reference.region_branch.draw
    drawn_1 = draw(first)
    z_1, predictions_1 = encode(reference, first, *drawn_1)
    if symmetric:
        drawn_2 = draw(second)
        assert drawn_1[0] != drawn_2[0]
        z_2, predictions_2 = encode(reference, second, *drawn_2)
        sides = zip(
            one_side(predictions_1, z_2, drawn_1[1]),
            one_side(predictions_2, z_1, drawn_2[1]),
        )
        instance, region = (sum(losses) / 2 for losses in sides)
    else:
        z_2 = mlp(reference.neck, pooled(reference.backbone(second)[0]))
        instance, region = one_side(predictions_1, z_2, drawn_1[1])
    (instance + region).backward()

    torch.testing.assert_close(losses['loss_instance'], instance, **CLOSE)
    torch.testing.assert_close(losses['loss_region'], region, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)


@pytest.mark.parametrize('symmetric', [True, False])
def test_regions_have_the_instance_loss(symmetric):
    def step(**loss):
        loss = dict(type='CosineSimilarityLoss', **loss)
        head = {**SIMSIAM['head'], 'loss': loss}
        torch.manual_seed(0)
        model = build('s', head=head, symmetric=symmetric)
        torch.manual_seed(1)
        return model.loss(views(), None)

    usual, doubled = step(), step(scale_factor=2.0)
    for name, loss in usual.items():
        torch.testing.assert_close(doubled[name], 2 * loss, msg=name)
    own = dict(loss=dict(type='CosineSimilarityLoss', scale_factor=0.5))
    model = build('s', region_head=own)
    assert model.region_head.loss_module.scale_factor == 0.5


def test_keys_have_no_gradient():
    """The second view is a key alone: nothing flows back to its pixels."""
    model = build('s', symmetric=False)
    inputs = [view.requires_grad_() for view in views()]
    sum(model.loss(inputs, None).values()).backward()
    assert inputs[0].grad.abs().sum() > 0
    assert inputs[1].grad is None


def test_collapse_shows_in_the_diagnostics():
    """A predictor that answers the same to every image: spread 0."""
    torch.manual_seed(0)
    model = build('s')

    def embedding_std():
        model.loss(views(16), None)
        return region_diagnostics(*model.observed)['embedding_std'].item()

    assert embedding_std() > 0.5 / 8**0.5  # of 8 dimensions
    last = model.head.predictor.fc1
    nn.init.zeros_(last.weight)
    nn.init.ones_(last.bias)
    assert embedding_std() < 1e-6
