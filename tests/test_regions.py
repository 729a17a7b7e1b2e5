import itertools

import pytest
import torch
import torch.nn.functional as F

from regioncl_mm.regions import (
    Region,
    erase_regions,
    pool_regions,
    sample_region,
    swap_partners,
    swap_regions,
)


def every_region(rows=7, columns=7):
    """All rectangles on a grid but the one that leaves no canvas."""
    for height, width in itertools.product(
        range(1, rows + 1), range(1, columns + 1)
    ):
        if (height, width) == (rows, columns):
            continue
        for top, left in itertools.product(
            range(rows - height + 1), range(columns - width + 1)
        ):
            yield Region(top, left, height, width)


@pytest.mark.parametrize('stride', [4, 8, 16, 32])
def test_pixels_swapped_are_the_cells_pooled(stride):
    partner = torch.tensor([2, 3, 0, 1])
    size = 7 * stride
    images = torch.arange(4.0).view(4, 1, 1, 1).expand(4, 1, size, size)
    for region in every_region():
        composite = swap_regions(images, region, stride, partner)
        cells = F.avg_pool2d(composite, stride)
        canvas, paste = pool_regions(cells, region)
        torch.testing.assert_close(canvas[:, 0, 0, 0], torch.arange(4.0))
        torch.testing.assert_close(paste[:, 0, 0, 0], partner.float())


def test_every_pixel_comes_from_the_right_image_and_place():
    images = torch.rand(3, 2, 8, 12)
    partner = torch.tensor([1, 2, 0])
    composite = swap_regions(images, Region(1, 0, 1, 2), 4, partner)
    for i, c, y, x in itertools.product(
        range(3), range(2), range(8), range(12)
    ):
        inside = y >= 4 and x < 8
        source = partner[i] if inside else i
        assert composite[i, c, y, x] == images[source, c, y, x]


def test_swapping_keeps_the_input_and_the_memory_format():
    images = torch.rand(2, 3, 8, 8).to(memory_format=torch.channels_last)
    before = images.clone()
    composite = swap_regions(
        images, Region(0, 0, 1, 1), 4, torch.tensor([1, 0])
    )
    assert torch.equal(images, before)
    assert composite.is_contiguous(memory_format=torch.channels_last)


def test_erasing_zeroes_the_rectangle_only():
    images = torch.rand(2, 3, 12, 12) + 1
    erased = erase_regions(images, Region(1, 0, 2, 1), 4)
    zero = torch.zeros(12, 12, dtype=torch.bool)
    zero[4:12, 0:4] = True
    assert torch.equal(erased == 0, zero.expand_as(erased))
    assert torch.equal(erased[..., ~zero], images[..., ~zero])


def test_pooling_equals_a_loop_over_cells():
    features = torch.rand(2, 3, 4, 5, dtype=torch.float64)
    region = Region(1, 2, 2, 3)
    canvas, paste = pool_regions(features, region)
    assert canvas.shape == paste.shape == (2, 3, 1, 1)
    for i, c in itertools.product(range(2), range(3)):
        inside = [features[i, c, y, x] for y in (1, 2) for x in (2, 3, 4)]
        outside = [
            features[i, c, y, x]
            for y in range(4)
            for x in range(5)
            if not (y in (1, 2) and x in (2, 3, 4))
        ]
        torch.testing.assert_close(paste[i, c, 0, 0], sum(inside) / 6)
        torch.testing.assert_close(canvas[i, c, 0, 0], sum(outside) / 14)


def test_pooling_half_precision_keeps_the_digits_of_the_canvas():
    # A large rectangle must not drown the few cells around it.
    features = torch.full((1, 1, 7, 7), 1000.0, dtype=torch.bfloat16)
    region = Region(0, 0, 6, 7)
    features[..., 6, :] = 1
    canvas, paste = pool_regions(features, region)
    assert canvas.dtype == paste.dtype == torch.bfloat16
    assert canvas.item() == 1 and paste.item() == 1000


def test_draws_cover_all_sizes_and_places_and_nothing_else():
    torch.manual_seed(0)
    drawn = {sample_region((7, 7), 3, 5) for _ in range(5000)}
    allowed = {
        r for r in every_region() if 3 <= r.height <= 5 and 3 <= r.width <= 5
    }
    assert drawn == allowed


def test_sides_are_drawn_uniformly_before_the_place():
    torch.manual_seed(0)
    sides = torch.tensor(
        [sample_region((7, 7), 3, 5)[2:] for _ in range(6000)]
    )
    for axis in range(2):
        counts = torch.bincount(sides[:, axis])[3:]
        assert len(counts) == 3
        assert (counts - 2000).abs().max() < 200  # more than 5 sigma


def test_a_seed_repeats_the_draw():
    torch.manual_seed(3)
    first = [sample_region((7, 9), 2, 6) for _ in range(5)]
    torch.manual_seed(3)
    assert [sample_region((7, 9), 2, 6) for _ in range(5)] == first


@pytest.mark.parametrize('n', range(2, 10))
def test_partners_are_others_and_each_gives_once(n):
    partner = swap_partners(n)
    assert (partner != torch.arange(n)).all()
    assert sorted(partner.tolist()) == list(range(n))
    if n % 2 == 0:
        assert torch.equal(partner[partner], torch.arange(n))


@pytest.mark.parametrize('sides', [(0, 3), (4, 3), (3, 7), (8, 9)])
def test_sides_that_make_no_region_are_refused(sides):
    with pytest.raises(ValueError, match='leave no canvas'):
        sample_region((7, 7), *sides)


def test_a_single_image_is_refused():
    with pytest.raises(ValueError, match='batch of 1'):
        swap_partners(1)


@pytest.mark.parametrize(
    'region, message',
    [
        (Region(5, 0, 3, 3), 'does not lie inside the 7x7'),
        (Region(0, -1, 3, 3), 'does not lie inside'),
        (Region(0, 0, 0, 3), 'does not lie inside'),
        (Region(0, 0, 7, 7), 'leaves no canvas'),
    ],
)
def test_a_region_off_the_grid_is_refused(region, message):
    images, partner = torch.rand(2, 1, 28, 28), torch.tensor([1, 0])
    with pytest.raises(ValueError, match=message):
        swap_regions(images, region, 4, partner)
    with pytest.raises(ValueError, match=message):
        pool_regions(torch.rand(2, 1, 7, 7), region)


def test_images_of_broken_cells_are_refused():
    with pytest.raises(ValueError, match='30x28 images .* cells of 4'):
        erase_regions(torch.rand(2, 1, 30, 28), Region(0, 0, 2, 2), 4)
