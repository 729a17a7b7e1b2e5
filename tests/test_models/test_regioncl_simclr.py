"""RegionCL + SimCLR, written out; every other test has it in its list."""

import copy

import torch
from algorithms import build, views
from reference import (
    assert_same_gradients,
    composites,
    info_nce,
    pooled,
    region_loss,
)
from test_models.test_regioncl_s import mlp
from torch.nn.functional import normalize

CLOSE = dict(rtol=1e-9, atol=1e-9)


def side_by_side(inputs):
    """Rows 2i and 2i + 1 are the views of image i."""
    return torch.stack([x[i] for i in range(len(inputs[0])) for x in inputs])


def of_other_images(z):
    """The negatives of each row: all rows but its image's two."""
    return [
        torch.stack([z[j] for j in range(len(z)) if j // 2 != i // 2]).t()
        for i in range(len(z))
    ]


def other_views(z):
    return torch.stack([z[i ^ 1] for i in range(len(z))])


def reference_losses(z, regions, temperature):
    """Both losses of rows (2M, D) of unit length, and of the regions of each
    process, whose rows follow each other."""
    keys, others = other_views(z), of_other_images(z)
    instance = info_nce(z, keys, others, temperature)
    found, start = [], 0
    keys, others = keys.detach(), [x.detach() for x in others]
    for canvas, paste, partner in regions:
        rows = slice(start, start + len(canvas))
        args = keys[rows], others[rows], partner, temperature
        found.append(region_loss(canvas, paste, *args))
        start += len(canvas)
    return instance, sum(found) / len(found)


def test_a_step_equals_the_written_out_one():
    torch.manual_seed(0)
    model = build('simclr').double()
    reference = copy.deepcopy(model)
    inputs = [view.double() for view in views(5)]
    torch.manual_seed(7)
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()

    rows = side_by_side(inputs)
    torch.manual_seed(7)
    region, partner = reference.region_branch.draw(rows)
    features = reference.backbone(composites(rows, region, partner))[0]
    parts = pooled(reference.backbone(rows)[0]), *pooled(features, region)
    z, canvas, paste = mlp(reference.neck, torch.cat(parts)).chunk(3)
    expected = reference_losses(
        normalize(z), [(canvas, paste, partner)], temperature=0.3
    )
    sum(expected).backward()

    for name, loss in zip(('loss_instance', 'loss_region'), expected):
        torch.testing.assert_close(losses[name], loss, **CLOSE, msg=name)
    assert_same_gradients(model, reference, **CLOSE)


def test_no_image_swaps_with_its_other_view():
    for batch in (2, 3, 4, 5):
        model = build('simclr')
        model.loss(views(batch), None)
        partner = model.observed[2].partner
        own = torch.arange(2 * batch)
        assert (partner // 2 != own // 2).all()
        assert sorted(partner.tolist()) == own.tolist()
