"""Mixed precision and gradient accumulation, for every algorithm."""

import copy
from types import SimpleNamespace

import pytest
import torch
from algorithms import (
    BACKBONE,
    BARLOW,
    CONTRAST,
    MOMENTUM,
    SWIN,
    build,
    set_iteration,
    views,
)
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmpretrain.registry import MODELS
from torch.nn.functional import normalize

from regioncl_mm.models import (
    RegionContrastHead,
    RegionSimilarityHead,
    RegionViews,
)
from regioncl_mm.models.objective import Objective
from regioncl_mm.regions import Region

# name: algorithm, changes to it. A path is dropped by random numbers of the
# type of its features: none here, where types are compared.
RUNS = dict(
    m=('m', {}),
    m_symmetric=('m', dict(symmetric=True)),
    m_split_norm=(
        'm',
        dict(
            backbone=dict(
                BACKBONE, norm_cfg=dict(type='SplitBN', num_splits=2)
            )
        ),
    ),
    d=('d', {}),
    s=('s', {}),
    s_one_side=('s', dict(symmetric=False)),
    m3=('m3', {}),
    moby=('moby', dict(backbone=dict(SWIN, drop_path_rate=0.0))),
    byol=('byol', {}),
    simclr=('simclr', {}),
    barlow=('barlow', {}),
)
every = pytest.mark.parametrize('name', RUNS)


def make(name):
    torch.manual_seed(0)
    algorithm, changes = RUNS[name]
    return build(algorithm, **changes)


def queues(model):
    return [
        tensor
        for key, tensor in model.state_dict().items()
        if key.startswith('queue') and not key.endswith('ptr')
    ]


def losses_of(model, images, seed=0):
    torch.manual_seed(seed)  # regions and shuffle
    return model.loss(images, None)


def tolerance(name, of_a_cosine):
    """BYOL's loss is four cosines; that of Barlow Twins divides embeddings by
    their spread over eight images."""
    return dict(
        rtol=0.03 if name == 'barlow' else 0.01,
        atol=of_a_cosine * (4 if name == 'byol' else 1),
    )


def assert_trains(model, losses):
    for name, loss in losses.items():
        assert loss.dtype == torch.float32 and loss.isfinite(), name
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad.dtype == torch.float32, name
            assert parameter.grad.isfinite().all(), name


@every
def test_bfloat16_autocast_trains_as_float32_does(name):
    model, images = make(name), views(8)
    exact = losses_of(copy.deepcopy(model), images)
    before = [queue.clone() for queue in queues(model)]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = losses_of(model, images)
    sum(losses.values()).backward()
    assert_trains(model, losses)
    for key, loss in losses.items():
        torch.testing.assert_close(
            loss, exact[key], **tolerance(name, 0.02), msg=key
        )
    for queue, old in zip(queues(model), before):
        assert queue.dtype == torch.float32
        assert not torch.equal(queue, old)
        length = queue.norm(dim=0)
        # bfloat16 has 8 bits.
        torch.testing.assert_close(
            length, torch.ones_like(length), rtol=0, atol=2**-7
        )


def unit_rows(*shape):
    return normalize(torch.randn(*shape), dim=-1)


def features(dtype):
    """A batch of unit-length rows that bfloat16 holds, in another type. The
    head normalises regions itself, in their type: one with enough digits."""
    torch.manual_seed(0)
    q, k, canvas, paste = unit_rows(4, 8, 16).bfloat16().to(dtype)
    of_regions = torch.promote_types(dtype, torch.float32)
    return SimpleNamespace(
        q=q,
        k=k,
        queue=unit_rows(32, 16).t().to(of_regions),
        views=RegionViews(
            canvas.to(of_regions),
            paste.to(of_regions),
            torch.arange(8).roll(4),
            Region(0, 0, 3, 3),
        ),
    )


def instance_loss(f):
    step = Objective(f.queue)
    step.add_instances(MODELS.build(CONTRAST), [f.q], [f.k])
    return step.losses()['loss_instance']


BARLOW_HEAD = dict(BARLOW['head'], in_channels=16)
LOSSES = dict(
    queue=instance_loss,
    m3=lambda f: build('m3').instance_loss(f.q, f.k, torch.arange(len(f.k))),
    s=lambda f: build('s').instance_loss(f.q, f.k),
    # Batch norm is in the type of the model.
    barlow=lambda f: (
        build('barlow', head=BARLOW_HEAD)
        .to(f.queue.dtype)
        .instance_loss(f.q, f.k)
    ),
    regions=lambda f: RegionContrastHead().loss(f.views, f.k, f.queue),
    similarity=lambda f: RegionSimilarityHead().loss(f.views, f.k),
)


@pytest.mark.parametrize('name', LOSSES)
def test_losses_of_bfloat16_features_keep_the_digits_of_float32(name):
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = LOSSES[name](features(torch.bfloat16))
    exact = LOSSES[name](features(torch.float64))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(exact.item(), rel=1e-6)


def half_step(model, wrapper, images, seed):
    """What mmengine's `train_step` does, in the type of the model."""
    with wrapper.optim_context(model):
        losses = losses_of(model, images, seed)
    wrapper.update_params(sum(losses.values()))
    return losses


def double_views(seed):
    return [view.double() for view in views(seed=seed)]


@every
def test_two_half_steps_are_a_step_on_the_mean_loss(name):
    model = make(name).double()
    reference = copy.deepcopy(model)
    wrapper = OptimWrapper(
        torch.optim.SGD(model.parameters(), lr=0.1), accumulative_counts=2
    )
    optimizer = torch.optim.SGD(reference.parameters(), lr=0.1)
    for step in range(2):
        batches = [double_views(2 * step + half) for half in range(2)]
        before = {
            key: parameter.detach().clone()
            for key, parameter in model.named_parameters()
            if parameter.requires_grad
        }
        for half, images in enumerate(batches):
            set_iteration(2 * step + half, accumulative_counts=2)
            half_step(model, wrapper, images, seed=half)
            for key, parameter in model.named_parameters():
                if half == 0 and parameter.requires_grad:
                    assert torch.equal(parameter, before[key]), key

        optimizer.zero_grad()
        total = 0
        for half, images in enumerate(batches):
            set_iteration(2 * step + half, accumulative_counts=2)
            total += sum(losses_of(reference, images, seed=half).values())
        (total / 2).backward()
        optimizer.step()
        moved = 0
        for key, parameter in reference.named_parameters():
            if parameter.requires_grad:
                moved += not torch.equal(parameter, before[key])
        assert moved > 10
        # The queue moved with every forward, the momentum encoder with none
        # but the first.
        for key, tensor in reference.state_dict().items():
            torch.testing.assert_close(
                model.state_dict()[key], tensor, rtol=1e-9, atol=1e-9, msg=key
            )
    if RUNS[name][0] in MOMENTUM:
        average = getattr(model, MOMENTUM[RUNS[name][0]])
        assert average.steps.item() == 2
    for key, tensor in model.state_dict().items():
        if key.startswith('queue') and key.endswith('ptr'):
            pushed = 4 * 4 * (2 if name == 'm_symmetric' else 1)
            assert tensor.item() == pushed % 16


@pytest.mark.parametrize('name', ['s', 's_one_side', 'simclr', 'barlow'])
def test_half_steps_without_a_queue_average_two_gradients(name):
    """Each of a model by itself: only running statistics are passed on."""
    start = make(name).double()
    gradients = []
    for half in range(2):
        model = copy.deepcopy(start)
        losses = losses_of(model, double_views(half), seed=half)
        sum(losses.values()).backward()
        gradients.append([p.grad for p in model.parameters()])
    model = copy.deepcopy(start)
    wrapper = OptimWrapper(
        torch.optim.SGD(model.parameters(), lr=1.0), accumulative_counts=2
    )
    for half in range(2):
        half_step(model, wrapper, double_views(half), seed=half)
    for before, after, one, other in zip(
        start.parameters(), model.parameters(), *gradients
    ):
        torch.testing.assert_close(
            before - after, (one + other) / 2, rtol=1e-9, atol=1e-9
        )


@pytest.mark.gpu
@every
@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
def test_amp_on_a_gpu(name, dtype):
    model = make(name).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.cuda.amp.GradScaler(init_scale=256.0)
    images = [view.cuda() for view in views(8)]
    exact = losses_of(copy.deepcopy(model), images)
    with torch.autocast('cuda', dtype=getattr(torch, dtype)):
        losses = losses_of(model, images)
    for key, loss in losses.items():
        torch.testing.assert_close(
            loss, exact[key], **tolerance(name, 0.03), msg=key
        )
    scaler.scale(sum(losses.values())).backward()
    scaler.unscale_(optimizer)
    assert_trains(model, losses)
    assert all(queue.dtype == torch.float32 for queue in queues(model))
    before = copy.deepcopy(model.backbone.state_dict())
    scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() == 256  # nothing overflowed
    assert any(
        not torch.equal(tensor, before[key])
        for key, tensor in model.backbone.state_dict().items()
    )


@pytest.mark.gpu
@every
@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
def test_half_steps_with_amp_on_a_gpu(name, dtype):
    model = make(name).cuda()
    wrapper = AmpOptimWrapper(
        loss_scale=256.0,
        dtype=dtype,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        accumulative_counts=2,
    )
    online = [p for p in model.parameters() if p.requires_grad]
    before = [p.detach().clone() for p in online]
    for half in range(2):
        images = [view.cuda() for view in views(8, seed=half)]
        losses = half_step(model, wrapper, images, seed=half)
        assert all(loss.isfinite() for loss in losses.values())
        same = [torch.equal(p, old) for p, old in zip(online, before)]
        assert all(same) if half == 0 else sum(same) < len(same) / 2
    assert all(p.isfinite().all() for p in online)


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs no GPU')
def test_mmengine_has_no_amp_without_a_gpu():
    """Why nothing above runs `AmpOptimWrapper` on a CPU."""
    optimizer = torch.optim.SGD(make('s').parameters(), lr=0.1)
    with pytest.raises(AssertionError, match='only available training on gpu'):
        AmpOptimWrapper(optimizer=optimizer)
