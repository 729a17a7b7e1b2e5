"""What holds for every algorithm."""

import copy

import pytest
import torch
from algorithms import (
    ALGORITHMS,
    CONTRASTS,
    MOMENTUM,
    build,
    build_base,
    views,
)
from mmpretrain.registry import MODELS
from reference import assert_same_gradients
from torch import nn

from regioncl_mm.models import (
    RegionBranch,
    RegionCLM,
    RegionContrastHead,
    RegionMaskPool,
    RegionSimilarityHead,
)

every = pytest.mark.parametrize('name', ALGORITHMS)


@every
def test_without_regions_three_steps_equal_the_base(name):
    torch.manual_seed(0)
    # As mmengine treats the statistics of the momentum encoder.
    copies = name in MOMENTUM and name != 'moby'
    changes = dict(copy_buffers=True) if copies else {}
    base, ours = build_base(name), build(name, region_branch=None, **changes)
    pair = base, ours
    optimizers = [
        torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for model in pair
    ]
    for step in range(3):
        # Anew each step, or batch norm and matched cells blow roundings up.
        ours.load_state_dict(base.state_dict(), strict=True)
        losses = []
        for model, optimizer in zip(pair, optimizers):
            torch.manual_seed(step)  # dropped paths
            optimizer.zero_grad()
            loss = sum(model.loss(views(seed=step), None).values())
            loss.backward()
            optimizer.step()
            losses.append(loss)
        torch.testing.assert_close(*losses, rtol=1e-6, atol=1e-6)
        assert_same_gradients(ours, base, rtol=1e-6, atol=1e-6)
        for key, tensor in base.state_dict().items():
            torch.testing.assert_close(
                ours.state_dict()[key], tensor, rtol=1e-5, atol=1e-6, msg=key
            )


@every
def test_state_dict_keys_are_the_bases(name):
    base, ours = build_base(name), build(name)
    assert list(base.state_dict()) == list(ours.state_dict())
    ours.load_state_dict(base.state_dict(), strict=True)
    base.load_state_dict(ours.state_dict(), strict=True)


@every
def test_regions_are_the_same_objects_as_in_m(name):
    model, m = build(name), build('m')
    assert type(model.region_branch) is type(m.region_branch) is RegionBranch
    assert type(model.region_branch.pool) is RegionMaskPool
    head = RegionContrastHead if name in CONTRASTS else RegionSimilarityHead
    assert type(model.region_head) is head


@every
def test_is_registered_with_mmpretrain(name):
    cls, base, cfg = ALGORITHMS[name]
    assert MODELS.get(cls.__name__) is cls
    assert issubclass(cls, base)


@every
def test_the_papers_values_are_the_defaults(name):
    cls, _, cfg = ALGORITHMS[name]
    model = cls(**copy.deepcopy(cfg))
    branch, head = model.region_branch, model.region_head
    assert (branch.stride, branch.min_cells, branch.max_cells) == (32, 3, 5)
    assert branch.swap and head.use_canvas and head.use_paste
    if name in CONTRASTS:
        assert head.use_intra_negative
        assert head.temperature == model.head.temperature
        assert head.loss_weight == model.head.loss_module.loss_weight


@pytest.mark.parametrize('name', CONTRASTS)
def test_the_region_loss_is_scaled_as_the_instance_loss(name):
    loss = dict(type='CrossEntropyLoss', loss_weight=0.5)
    head = {**ALGORITHMS[name][2]['head'], 'temperature': 0.7, 'loss': loss}
    region_head = build(name, head=head).region_head
    assert (region_head.temperature, region_head.loss_weight) == (0.7, 0.5)
    given = dict(temperature=0.1, use_intra_negative=False)
    region_head = build(name, head=head, region_head=given).region_head
    assert (region_head.temperature, region_head.loss_weight) == (0.1, 0.5)
    assert not region_head.use_intra_negative


@every
def test_a_misspelt_argument_raises(name):
    with pytest.raises(TypeError, match='region_brnch'):
        build(name, region_brnch=None)


@every
def test_a_batch_of_one_is_refused_and_changes_nothing(name):
    model = build(name)
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match='batch of 1'):
        model.loss(views(1), None)
    for key, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[key]), key


@every
def test_what_hooks_see_is_unit_length_and_holds_no_graph(name):
    model = build(name)
    model.loss(views(), None)
    q, k, regions = model.observed
    for rows in (q, k):
        # SimCLR has both views in one batch.
        expected = torch.ones(8 if name == 'simclr' else 4)
        torch.testing.assert_close(rows.norm(dim=1), expected)
    assert not any(
        t.requires_grad for t in (q, k, regions.canvas, regions.paste)
    )


@every
def test_losses_are_named_by_what_they_contrast(name):
    names = {'loss_instance', 'loss_region'}
    if name == 'd':
        names |= {'loss_dense'}
    assert build(name).loss(views(), None).keys() == names
    without = build(name, region_branch=None).loss(views(), None)
    assert without.keys() == names - {'loss_region'}


@pytest.mark.parametrize('name', ['d', 'm', 'moby'])
def test_any_batch_fits_any_queue(name):
    model = build(name, queue_len=7)
    for batch in (2, 5, 9, 3):
        model.loss(views(batch), None)
    for key, tensor in model.state_dict().items():
        if key.startswith('queue') and key.endswith('ptr'):
            assert tensor.item() == (2 + 5 + 9 + 3) % 7, key
        elif key.startswith('queue'):
            torch.testing.assert_close(
                tensor.norm(dim=0), torch.ones(7), msg=key
            )


@pytest.mark.parametrize('name', MOMENTUM)
def test_the_momentum_encoder_moves_once_a_step_before_it_encodes(name):
    torch.manual_seed(0)
    model = build(name)
    average = getattr(model, MOMENTUM[name])
    online = nn.Sequential(model.backbone, model.neck)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    before = [p.detach().clone() for p in online.parameters()]
    for step in range(2):
        optimizer.zero_grad()
        sum(model.loss(views(seed=step), None).values()).backward()
        assert average.steps.item() == step + 1
        assert all(p.grad is None for p in average.parameters())
        optimizer.step()
        if step == 0:
            after = [p.detach().clone() for p in online.parameters()]
    momentum = 0.01
    if name in (
        'm3',
        'moby',
        'byol',
    ):  # a cosine over ten steps, here at the second
        momentum *= (torch.tensor(torch.pi / 10).cos().item() + 1) / 2
    for key, old, new in zip(average.module.parameters(), before, after):
        torch.testing.assert_close(key, old + momentum * (new - old))


def test_symmetric_m_without_regions_is_the_mean_of_two_mocos():
    torch.manual_seed(0)
    model = build('m', symmetric=True, region_branch=None)
    base = build_base('m')
    base.load_state_dict(model.state_dict(), strict=True)
    bases = base, copy.deepcopy(base)
    view_1, view_2 = views()
    losses = [
        bases[0].loss([view_1, view_2], None)['loss'],
        bases[1].loss([view_2, view_1], None)['loss'],
    ]
    loss = model.loss([view_1, view_2], None)['loss_instance']
    torch.testing.assert_close(loss, sum(losses) / 2, rtol=1e-6, atol=1e-6)
    loss.backward()
    (sum(losses) / 2).backward()
    for ours, *theirs in zip(*(m.parameters() for m in (model, *bases))):
        if ours.requires_grad:
            torch.testing.assert_close(
                ours.grad, theirs[0].grad + theirs[1].grad
            )
    # Both views' keys join the queue, those of the second view first.
    for half, other in zip((slice(0, 4), slice(4, 8)), bases):
        torch.testing.assert_close(
            model.queue[:, half], other.queue[:, :4], rtol=1e-5, atol=1e-6
        )
    assert model.queue_ptr.item() == 8


def test_symmetric_m_has_a_composite_a_view():
    model = build('m', symmetric=True)
    seen = []
    encode = model.region_branch.encode
    model.region_branch.encode = lambda images, backbone: (
        seen.append(images) or encode(images, backbone)
    )
    first, second = views()
    model.loss([first, second], None)
    assert [images is view for images, view in zip(seen, (first, second))]
    assert len(seen) == 2
    assert isinstance(model, RegionCLM)
