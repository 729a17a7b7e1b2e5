import copy

import pytest
import torch
from algorithms import build, views
from reference import (
    assert_same_gradients,
    composites,
    info_nce,
    pooled,
    region_loss,
)
from torch.nn.functional import normalize

CLOSE = dict(rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('symmetric', [False, True])
def test_a_step_equals_algorithm_1_written_out(symmetric):
    """Symmetric: the mean over both views as query (Table 2, "*")."""
    torch.manual_seed(0)
    model = build('m', symmetric=symmetric).double()
    reference = copy.deepcopy(model)
    queue = model.queue.clone()
    inputs = [view.double() for view in views(5)]
    torch.manual_seed(7)
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    sides = [inputs, inputs[::-1]] if symmetric else [inputs]
    drawn = [reference.region_branch.draw(im_q) for im_q, _ in sides]
    backbone, neck = reference.backbone, reference.neck
    instance, region, keys = [], [], []
    for (im_q, im_k), (rectangle, partner) in zip(sides, drawn):
        # One forward of the composite serves both regions.
        features = backbone(composites(im_q, rectangle, partner))[0]
        canvas, paste = (neck.mlp(r) for r in pooled(features, rectangle))
        q = normalize(neck.mlp(pooled(backbone(im_q)[0])))
        with torch.no_grad():  # the EMA's first update copies the weights
            k = copy.deepcopy(backbone)(im_k)[0]
            k = normalize(neck.mlp(pooled(k)))
        instance.append(info_nce(q, k, queue, 0.2))
        region.append(region_loss(canvas, paste, k, queue, partner, 0.2))
        keys.append(k)
    expected = dict(
        loss_instance=torch.stack(instance).mean(),
        loss_region=torch.stack(region).mean(),
    )
    sum(expected.values()).backward()

    assert losses.keys() == expected.keys()
    for name, loss in losses.items():
        torch.testing.assert_close(loss, expected[name], msg=name, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)
    keys = torch.cat(keys).t()
    pushed = keys.size(1)
    torch.testing.assert_close(model.queue[:, :pushed], keys, **CLOSE)
    assert torch.equal(model.queue[:, pushed:], queue[:, pushed:])
    assert model.queue_ptr.item() == pushed
