"""One call for all tensors does what mmengine does for each."""

import copy
from math import cos, pi
from pathlib import Path

import pytest
import torch
from algorithms import (
    ALGORITHMS,
    build,
    set_iteration,
    set_max_iters,
    views,
)
from conftest import REPO
from mmengine.config import Config
from mmengine.model import (
    BaseAveragedModel,
    ExponentialMovingAverage,
    StochasticWeightAverage,
)
from mmengine.runner import Runner
from mmpretrain.models.utils import CosineEMA
from torch import nn

from regioncl_mm.models.momentum import MomentumEncoder, momentum_backbone


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


@pytest.mark.parametrize('end_momentum', [None, 0.0])
def test_moves_once_an_update_where_gradients_are_accumulated(end_momentum):
    """Three forward passes an update; of ten the last is by itself."""
    torch.manual_seed(0)
    set_max_iters(10)
    online = nn.Linear(1, 1, bias=False)
    average = MomentumEncoder(online, 0.5, end_momentum)
    expected = None
    for iteration in range(10):
        set_iteration(iteration, accumulative_counts=3)
        if iteration % 3 == 0:
            with torch.no_grad():
                online.weight.fill_(iteration + 1)
            now, momentum = iteration + 1, 0.5
            if end_momentum == 0:
                momentum *= (1 + cos(pi * iteration / 10)) / 2
            expected = expected or now  # the first copies
            expected += momentum * (now - expected)
        average.update_parameters(online)
        assert average.module.weight.item() == pytest.approx(expected)
    assert average.steps.item() == 4


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


def averages(model):
    return [m for m in model.children() if isinstance(m, BaseAveragedModel)]


AVERAGED = [name for name in ALGORITHMS if averages(build(name))]


def test_all_but_simsiams_have_a_momentum_encoder():
    assert {'m', 'd', 'm3', 'moby'} <= set(AVERAGED)
    assert 's' not in AVERAGED


@pytest.mark.parametrize('name', AVERAGED)
def test_encoding_keys_moves_nothing_and_updating_moves(name):
    """But for the statistics of batch norm, which keys are counted in."""
    torch.manual_seed(0)
    model = build(name)
    (average,) = averages(model)
    model.update_momentum_encoder()  # the first copies
    with torch.no_grad():
        for parameter in model.backbone.parameters():
            parameter.add_(1)
    before = [p.clone() for p in average.module.parameters()]
    images, _ = views()
    for _ in range(2):
        model.encode_keys(images)
    assert average.steps.item() == 1
    for parameter, old in zip(average.module.parameters(), before):
        assert torch.equal(parameter, old)

    model.update_momentum_encoder()
    assert average.steps.item() == 2
    online = zip(
        momentum_backbone(model).parameters(), model.backbone.parameters()
    )
    for old, (key, now) in zip(before, online):
        assert not torch.equal(key, old)
        assert ((key - old).abs() < (now - old).abs()).all()


@pytest.mark.parametrize('name', ['m', 'd', 'moby', 'm3'])
def test_the_backbone_of_an_algorithms_momentum_encoder(name):
    model = build(name)
    attribute = 'momentum_encoder' if name == 'm3' else 'encoder_k'
    expected = getattr(model, attribute).module[0]
    assert momentum_backbone(model) is expected
    assert type(expected) is type(model.backbone)
    assert expected is not model.backbone


class Encoder(nn.Module):
    """Not a sequence."""

    def __init__(self):
        super().__init__()
        self.stem, self.backbone = nn.Identity(), nn.Linear(2, 2)


@pytest.mark.parametrize('average', [MomentumEncoder, StochasticWeightAverage])
def test_the_backbone_under_an_attribute_of_ones_own(average):
    arguments = (0.1,) if average is MomentumEncoder else ()
    model = nn.Module()
    model.backbone = nn.Linear(2, 2)
    model.teacher = average(nn.Sequential(model.backbone), *arguments)
    assert momentum_backbone(model) is model.teacher.module[0]
    model.teacher = average(Encoder(), *arguments)
    assert momentum_backbone(model) is model.teacher.module.backbone


def test_a_model_without_a_momentum_encoder_has_no_such_backbone():
    assert momentum_backbone(build('s')) is None
    assert momentum_backbone(nn.Sequential(nn.Linear(2, 2))) is None


def test_two_averaged_models_are_refused():
    model = build('m')
    model.teacher = MomentumEncoder(model.backbone, 0.1)
    with pytest.raises(
        ValueError,
        match='RegionCLM has 2 averaged models, encoder_k and teacher; which',
    ):
        momentum_backbone(model)


@pytest.mark.parametrize('resume', [False, True])
@pytest.mark.parametrize('stem', ['mocov3', 'regioncl-m3', 'moby', 'byol'])
def test_a_cosine_begins_anew_unless_it_is_resumed(stem, resume, quickstart):
    """From a checkpoint of its end, where the momentum is 0, in two steps."""
    (path,) = (REPO / 'configs' / 'quickstart').glob(f'{stem}_*.py')
    cfg = Config.fromfile(path)
    quickstart.model = dict(cfg.model)
    quickstart.optim_wrapper = cfg.optim_wrapper
    quickstart.param_scheduler = None
    quickstart.custom_hooks = []
    if 'queue_len' in cfg.model:
        quickstart.model.queue_len = 48
    first = Runner.from_cfg(quickstart)
    first.train()
    file = Path(quickstart.work_dir, 'epoch_1.pth')
    content = torch.load(file, weights_only=False)
    (key,) = (x for x in content['state_dict'] if x.endswith('.steps'))
    content['state_dict'][key].fill_(10**6)
    torch.save(content, file)

    quickstart.load_from, quickstart.resume = str(file), resume
    quickstart.train_cfg.max_epochs = 1 + resume
    quickstart.work_dir += '2'
    quickstart.experiment_name = f'{stem}-{resume}'
    second = Runner.from_cfg(quickstart)
    momenta = []
    (average,) = averages(second.model)
    original = average._cosine_momentum

    def recorded():
        momenta.append(original())
        return momenta[-1]

    average._cosine_momentum = recorded
    second.train()
    steps = 2 * 2 if resume else 2
    start = 2 if resume else 0
    expected = [
        average.momentum * (1 + cos(pi * step / steps)) / 2
        for step in range(start, steps)
    ]
    assert momenta == pytest.approx(expected)
    assert average.steps.item() == (10**6 if resume else 1) + 2
