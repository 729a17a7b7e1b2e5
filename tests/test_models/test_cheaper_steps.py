"""Variants that cost less than the paper's step; none is on by default."""

import pytest
import torch
from algorithms import ALGORITHMS, SWIN, build, views

from regioncl_mm.models import RegionBranch
from regioncl_mm.regions import swap_regions

every = pytest.mark.parametrize('name', ALGORITHMS)


def branch(**changes):
    return dict(type='RegionBranch', stride=4, **changes)


class Backbone:
    """Means over cells, by which pixels tell where they are from."""

    def __call__(self, images):
        self.images = images
        return (torch.nn.functional.avg_pool2d(images, 4),)


@every
def test_off_by_default(name):
    found = build(name).region_branch.cheaper
    assert found.fraction == found.every == 1
    assert found.size is None


@every
def test_half_of_the_composites_train(name):
    model = build(name, region_branch=branch(composite_fraction=0.5))
    losses = model.loss(views(8), None)
    assert losses['loss_region'].isfinite()
    sum(losses.values()).backward()
    rows = 16 if name == 'simclr' else 8  # both views in one batch
    assert len(model.observed[2].canvas) == rows / 2


def test_half_of_the_composites_are_the_first_and_hold_every_image():
    torch.manual_seed(0)
    images, backbone = views(6)[0], Backbone()
    half = RegionBranch(stride=4, composite_fraction=0.5)
    found = half.encode(images, backbone)
    whole = swap_regions(images, found.region, 4, torch.arange(6).roll(3))
    assert torch.equal(backbone.images, whole[:3])
    assert sorted([*range(3), *found.partner.tolist()]) == list(range(6))


def test_regions_of_half_a_batch_meet_the_keys_of_their_images():
    """The loss is that of the same rows of the whole batch."""
    torch.manual_seed(0)
    head, queue = build('m').region_head, torch.randn(8, 16)
    queue, keys = queue / queue.norm(dim=0), torch.randn(6, 8)
    keys = keys / keys.norm(dim=1, keepdim=True)
    found = RegionBranch(stride=4).encode(views(6)[0], Backbone())
    found = found.replaced(torch.randn(6, 8), torch.randn(6, 8))

    def rows(wanted):
        return found._replace(
            canvas=found.canvas[wanted],
            paste=found.paste[wanted],
            partner=found.partner[wanted],
        )

    halves = head.loss(rows(slice(3)), keys, queue)
    other = rows(slice(3, 6))._replace(partner=torch.arange(3) + 3)
    # The others' images, renamed so that they are rows 0 to 2.
    rest = head.loss(other, keys.roll(3, 0), queue)
    whole = head.loss(found, keys, queue)
    torch.testing.assert_close((halves + rest) / 2, whole)


@every
def test_composites_in_every_second_step(name):
    model = build(name, region_branch=branch(composite_every=2))
    for step in range(4):
        losses = model.loss(views(seed=step), None)
        assert ('loss_region' in losses) == (step % 2 == 1)
        assert (model.observed[2] is not None) == (step % 2 == 1)
        sum(losses.values()).backward()


@every
@pytest.mark.parametrize(
    'size, sides', [(20, {2, 3, 4}), (16, {2, 3})], ids=['20', '16']
)
def test_smaller_composites(name, size, sides):
    torch.manual_seed(0)
    small = RegionBranch(stride=4, composite_size=size)
    backbone, found = Backbone(), set()
    for _ in range(40):
        region = small.encode(views()[0], backbone).region
        found |= {region.height, region.width}
        assert backbone.images.shape[2:] == (size, size)
    assert found == sides
    changes = {}
    if name == 'moby':  # its windows are larger than these maps
        changes['backbone'] = dict(SWIN, pad_small_map=True)
    model = build(name, region_branch=branch(composite_size=size), **changes)
    assert model.loss(views(), None)['loss_region'].isfinite()


def test_the_region_loss_alone():
    torch.manual_seed(0)
    model = build('m', instance_loss=False)
    calls = []
    model.backbone.register_forward_hook(lambda *_: calls.append(1))
    losses = model.loss(views(), None)
    assert losses.keys() == {'loss_region'} and calls == [1]
    losses['loss_region'].backward()
    assert model.queue_ptr.item() == 4 and model.observed[0] is None


@pytest.mark.parametrize(
    'changes, words',
    [
        (dict(composite_fraction=0.0), 'share of the batch'),
        (dict(composite_every=0), 'at least 1'),
        (dict(composite_size=18), 'multiple of the stride 4'),
    ],
)
def test_values_out_of_range_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        RegionBranch(stride=4, **changes)


def test_a_step_without_any_loss_is_refused():
    for changes in (None, branch(composite_every=2)):
        with pytest.raises(ValueError, match='instance_loss=False'):
            build('m', instance_loss=False, region_branch=changes)
