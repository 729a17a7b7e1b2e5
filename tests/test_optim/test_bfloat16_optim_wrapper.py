import pytest
import torch
from algorithms import build, views
from mmpretrain.registry import OPTIM_WRAPPERS

from regioncl_mm.optim import BFloat16OptimWrapper, bfloat16_optim_wrapper


@pytest.mark.parametrize('name', ['m', 'd', 's'])
def test_encodes_in_bfloat16_and_contrasts_in_float32(name):
    torch.manual_seed(0)
    model = build(name)
    seen = []
    model.backbone.register_forward_hook(
        lambda module, arguments, output: seen.append(output[0].dtype)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = BFloat16OptimWrapper(optimizer)
    before = [p.detach().clone() for p in model.backbone.parameters()]
    with wrapper.optim_context(model):
        losses = model.loss(views(), None)
    assert set(seen) == {torch.bfloat16}
    assert {loss.dtype for loss in losses.values()} == {torch.float32}
    if name != 's':
        assert model.queue.dtype == torch.float32
    wrapper.update_params(sum(losses.values()))
    for parameter, old in zip(model.backbone.parameters(), before):
        assert parameter.dtype == torch.float32
        assert not torch.equal(parameter, old)


def test_two_phases_in_bfloat16():
    torch.manual_seed(0)
    gradients = []
    state = build('m').state_dict()
    for two_phase in (False, True):
        model = build('m', two_phase=two_phase)
        model.load_state_dict(state)
        wrapper = BFloat16OptimWrapper(
            torch.optim.SGD(model.parameters(), lr=0.1)
        )
        torch.manual_seed(1)
        with wrapper.optim_context(model):
            losses = model.loss(views(16), None)
        wrapper.backward(sum(losses.values()))
        gradients.append(
            torch.cat([p.grad.flatten() for p in model.neck.parameters()])
        )
    error = (gradients[0] - gradients[1]).norm() / gradients[0].norm()
    assert error < 0.02  # sums of two gradients, rounded to 8 bits or not


def test_is_registered_with_mmpretrain():
    assert OPTIM_WRAPPERS.get('BFloat16OptimWrapper') is BFloat16OptimWrapper


def test_the_cpu_is_asked():
    assert bfloat16_optim_wrapper._cpu_has_bfloat16() in (True, False)


@pytest.mark.parametrize('supported', [True, False])
def test_a_cpu_without_bfloat16_is_told_once(supported, monkeypatch):
    monkeypatch.setattr(
        bfloat16_optim_wrapper, '_cpu_has_bfloat16', lambda: supported
    )
    model = torch.nn.Linear(2, 2)
    wrapper = BFloat16OptimWrapper(torch.optim.SGD(model.parameters(), lr=1))
    told = []
    monkeypatch.setattr(
        bfloat16_optim_wrapper,
        'print_log',
        lambda text, **_: told.append(text),
    )
    for _ in range(2):
        with wrapper.optim_context(model):
            pass
    assert len(told) == (not supported)
