"""Rectangles, swapping and pooling on grids of any size."""

import itertools

import torch
from hypothesis import given
from hypothesis import strategies as st
from test_properties.shapes import SEEDS, draws, inside, random, regions

from regioncl_mm.regions import (
    erase_regions,
    pool_regions,
    swap_partners,
    swap_regions,
)

STRIDES = st.integers(1, 5)
BATCHES = st.integers(2, 6)


def mask_of(grid, region, stride=1):
    """Which pixels the rectangle has, one after another."""
    rows, columns = grid
    return torch.tensor(
        [
            [inside(region, y // stride, x // stride)]
            for y, x in itertools.product(
                range(rows * stride), range(columns * stride)
            )
        ]
    ).view(rows * stride, columns * stride)


@given(draws())
def test_a_rectangle_lies_on_the_grid_and_leaves_a_canvas(drawn):
    (rows, columns), (shortest, longest), region = drawn
    assert shortest <= region.height <= longest
    assert shortest <= region.width <= longest
    assert 0 <= region.top and region.top + region.height <= rows
    assert 0 <= region.left and region.left + region.width <= columns
    assert 0 < region.height * region.width < rows * columns


@given(regions(), STRIDES)
def test_its_pixels_are_whole_cells(grid_and_region, stride):
    grid, region = grid_and_region
    rows, columns = region.slices(stride)
    for bound in (rows.start, rows.stop, columns.start, columns.stop):
        assert bound % stride == 0
    taken = torch.zeros(grid[0] * stride, grid[1] * stride, dtype=torch.bool)
    taken[rows, columns] = True
    assert torch.equal(taken, mask_of(grid, region, stride))
    assert taken.sum() == region.height * region.width * stride**2


@given(regions(), STRIDES, BATCHES, SEEDS)
def test_a_composite_has_each_pixel_of_one_image(
    grid_and_region, stride, count, seed
):
    grid, region = grid_and_region
    mask = mask_of(grid, region, stride)
    images = random(seed, count, 2, *mask.shape)
    partner = swap_partners(count)
    composite = swap_regions(images, region, stride, partner)
    for i, other in enumerate(partner.tolist()):
        assert torch.equal(composite[i][:, mask], images[other][:, mask])
        assert torch.equal(composite[i][:, ~mask], images[i][:, ~mask])
    # Together they hold what the images hold, and swapping back gives them.
    assert torch.equal(composite.sort(0).values, images.sort(0).values)
    back = swap_regions(composite, region, stride, partner.argsort())
    assert torch.equal(back, images)


@given(regions(), STRIDES, SEEDS)
def test_an_erased_image_is_the_canvas_alone(grid_and_region, stride, seed):
    grid, region = grid_and_region
    mask = mask_of(grid, region, stride)
    images = random(seed, 2, 1, *mask.shape)
    erased = erase_regions(images, region, stride)
    assert torch.equal(erased, images * ~mask)


@given(regions(), SEEDS)
def test_pooling_is_a_loop_over_the_cells(grid_and_region, seed):
    grid, region = grid_and_region
    features = random(seed, 2, 3, *grid)
    sums = [torch.zeros(2, 3).double(), torch.zeros(2, 3).double()]
    counts = [0, 0]
    for row, column in itertools.product(*map(range, grid)):
        side = inside(region, row, column)
        sums[side] += features[..., row, column]
        counts[side] += 1
    pooled = pool_regions(features, region)
    for found, total, count in zip(pooled, sums, counts):
        expected = (total / count)[..., None, None]
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    # Canvas and paste share the cells out: by area they add up to the mean.
    whole = sum(n * part for n, part in zip(counts, pooled)) / sum(counts)
    torch.testing.assert_close(
        whole, features.mean((2, 3), True), rtol=1e-12, atol=1e-12
    )
