"""One call for all tensors does what mmengine does for each."""

import copy

import pytest
import torch
from algorithms import build, set_max_iters
from mmengine.model import ExponentialMovingAverage
from mmpretrain.models.utils import CosineEMA
from torch import nn

from regioncl_mm.models.momentum import MomentumEncoder


def encoder():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))


def step(model):
    """Another set of weights and statistics."""
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p))
    model(torch.randn(4, 1, 5, 5))


@pytest.mark.parametrize('end_momentum', [None, 0.0])
def test_equals_mmengines(end_momentum):
    """To the bit, but for the cosine, of which theirs is in float32."""
    torch.manual_seed(0)
    set_max_iters()
    online = encoder()
    theirs = (
        ExponentialMovingAverage(online, 0.1)
        if end_momentum is None
        else CosineEMA(online, 0.1)
    )
    ours = MomentumEncoder(online, 0.1, end_momentum, copy_buffers=True)
    for _ in range(4):
        step(online)
        for average in (theirs, ours):
            average.update_parameters(online)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        for name, tensor in theirs.state_dict().items():
            mine = ours.state_dict()[name]
            if end_momentum is None:
                assert torch.equal(mine, tensor), name
            torch.testing.assert_close(mine, tensor, msg=name)
    assert ours.steps.item() == 4


def test_statistics_are_its_own_after_the_first_step():
    torch.manual_seed(0)
    online = encoder()
    average = MomentumEncoder(online, 0.1)
    step(online)
    average.update_parameters(online)
    norm = average.module[1]
    assert torch.equal(norm.running_mean, online[1].running_mean)
    average(torch.randn(4, 1, 5, 5))
    before = norm.running_mean.clone()
    step(online)
    average.update_parameters(online)
    assert torch.equal(norm.running_mean, before)


def test_goes_on_from_a_checkpoint():
    """A resumed encoder does not copy the online one again."""
    torch.manual_seed(0)
    online = encoder()
    average = MomentumEncoder(online, 0.1)
    for _ in range(2):
        step(online)
        average.update_parameters(online)
    resumed = MomentumEncoder(encoder(), 0.1)
    resumed.load_state_dict(average.state_dict())
    step(online)
    for one in (average, resumed):
        one.update_parameters(online)
    for name, tensor in average.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name


def test_a_copy_follows_its_own_online_encoder():
    model = build('m')
    model.update_momentum_encoder()
    twin = copy.deepcopy(model)
    online = nn.Sequential(twin.backbone, twin.neck)
    with torch.no_grad():
        for p in online.parameters():
            p.add_(1)
    before = [p.clone() for p in model.encoder_k.parameters()]
    twin.update_momentum_encoder()
    for p, mine, old in zip(
        model.encoder_k.parameters(), twin.encoder_k.parameters(), before
    ):
        assert torch.equal(p, old)
        torch.testing.assert_close(mine, old + 0.01, rtol=1e-4, atol=1e-5)
