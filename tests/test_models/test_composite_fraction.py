"""Composites of a part of the batch, which cost less; off by default."""

import pytest
import torch
from algorithms import ALGORITHMS, build, views

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
    assert build(name).region_branch.composite_fraction == 1


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


@pytest.mark.parametrize('fraction', [0.0, 1.1])
def test_a_share_that_is_none_is_refused(fraction):
    with pytest.raises(ValueError, match='share of the batch'):
        RegionBranch(stride=4, composite_fraction=fraction)
