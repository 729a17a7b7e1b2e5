"""Half a backward pass ahead of the other changes no gradient."""

import copy

import pytest
import torch
from algorithms import build, views
from torch import nn

from regioncl_mm.models.objective import gradient_ahead


def gradients(model):
    torch.manual_seed(1)
    model.zero_grad()
    losses = model.loss(views(), None)
    sum(losses.values()).backward()
    return {key: value.item() for key, value in losses.items()}, {
        name: p.grad
        for name, p in model.named_parameters()
        if p.grad is not None
    }


@pytest.mark.parametrize('name', ['m', 'd'])
def test_gradients_are_those_of_one_phase(name):
    torch.manual_seed(0)
    one = build(name)
    two = copy.deepcopy(one)
    two.two_phase = True
    for _ in range(3):
        (losses, expected), (early, found) = gradients(one), gradients(two)
        assert early == losses
        assert found.keys() == expected.keys() and len(found) > 10
        for key, gradient in expected.items():
            assert torch.equal(found[key], gradient), key
    # But for statistics that the momentum encoder copies at first, a forward
    # pass earlier.
    copied = {
        f'encoder_k.module.{k}'
        for k, _ in one.encoder_k.module.named_buffers()
    }
    for key, tensor in one.state_dict().items():
        if key not in copied:
            torch.testing.assert_close(two.state_dict()[key], tensor, msg=key)


def test_sums_of_two_gradients_have_the_same_bits():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3))
    a, b = torch.randn(2, 4, 3, 9, 9)

    def loss(images):
        return net(images).square().mean()

    (loss(a) + loss(b)).backward()
    expected = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    waiting = gradient_ahead(loss(a), net.parameters())
    (loss(b) + waiting()).backward()
    for p, gradient in zip(net.parameters(), expected):
        assert torch.equal(p.grad, gradient)


def test_the_graph_is_gone_and_the_losses_weight_counts():
    weight = nn.Parameter(torch.tensor(3.0))
    unused = nn.Parameter(torch.tensor(1.0))
    square = weight**2
    early = gradient_ahead(square, [weight, unused])()
    with pytest.raises(RuntimeError, match='a second time'):
        square.backward()
    assert weight.grad is None and early.item() == 9
    (0.5 * early).backward()
    assert weight.grad.item() == 3 and unused.grad is None


def test_symmetric_views_too():
    torch.manual_seed(0)
    one = build('m', symmetric=True)
    two = copy.deepcopy(one)
    two.two_phase = True
    (losses, expected), (early, found) = gradients(one), gradients(two)
    assert early == pytest.approx(losses, rel=1e-6)
    for key, gradient in expected.items():
        torch.testing.assert_close(
            found[key], gradient, rtol=1e-5, atol=1e-7, msg=key
        )


def test_float16_is_refused(monkeypatch):
    monkeypatch.setattr(torch, 'is_autocast_enabled', lambda: True)
    monkeypatch.setattr(torch, 'get_autocast_gpu_dtype', lambda: torch.half)
    with pytest.raises(ValueError, match='BFloat16OptimWrapper'):
        gradient_ahead(torch.ones(()), [])
