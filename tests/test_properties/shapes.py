"""What properties are tried on."""

import torch
from hypothesis import settings
from hypothesis import strategies as st

from regioncl_mm.regions import Region, sample_region

# The same examples every time, however long one takes.
settings.register_profile(
    'repeatable',
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
)
settings.load_profile('repeatable')

SEEDS = st.integers(0, 2**31 - 1)
SIDES = st.integers(2, 9)
LENGTHS = st.integers(1, 9)


@st.composite
def draws(draw):
    """A grid, the shortest and longest side, and a rectangle drawn by them."""
    grid = draw(SIDES), draw(SIDES)
    longest = draw(st.integers(1, min(grid) - 1))
    shortest = draw(st.integers(1, longest))
    torch.manual_seed(draw(SEEDS))
    return grid, (shortest, longest), sample_region(grid, shortest, longest)


@st.composite
def regions(draw):
    """A grid and any rectangle on it that leaves a canvas."""
    rows, columns = grid = draw(SIDES), draw(SIDES)
    height = draw(st.integers(1, rows))
    width = draw(st.integers(1, columns - (height == rows)))
    top = draw(st.integers(0, rows - height))
    left = draw(st.integers(0, columns - width))
    return grid, Region(top, left, height, width)


def inside(region, row, column):
    """Whether a cell belongs to a rectangle."""
    return (
        region.top <= row < region.top + region.height
        and region.left <= column < region.left + region.width
    )


def random(seed, *shape):
    """Numbers in float64, no two of them alike."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)
