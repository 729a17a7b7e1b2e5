import pytest
import torch

from regioncl_mm.diagnostics import region_diagnostics
from regioncl_mm.models import RegionViews
from regioncl_mm.regions import Region

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]


def test_figures_of_hand_made_embeddings():
    q = torch.tensor([EAST, NORTH])
    k = torch.tensor([EAST, EAST])
    views = RegionViews(
        canvas=torch.tensor([[3.0, 3.0], [5.0, 0.0]]),  # lengths do not count
        paste=torch.tensor([EAST, [-2.0, 0.0]]),
        partner=torch.tensor([1, 0]),
        region=Region(0, 0, 1, 1),
    )
    figures = region_diagnostics(q, k, views)
    diagonal = 0.5**0.5
    assert {name: value.item() for name, value in figures.items()} == {
        'sim_query_key': pytest.approx(0.5),
        'sim_canvas_key': pytest.approx((diagonal + 1) / 2),
        'sim_paste_key': pytest.approx(0),
        'sim_canvas_paste': pytest.approx((diagonal - 1) / 2),
        # Each component is 1 once and 0 once.
        'embedding_std': pytest.approx(diagonal),
    }


def test_paste_is_compared_with_the_key_of_its_source():
    k = torch.tensor([EAST, NORTH])
    views = RegionViews(k, k.flip(0), torch.tensor([1, 0]), None)
    assert region_diagnostics(k, k, views)['sim_paste_key'] == 1


def test_collapse_shows_and_regions_are_optional():
    q = torch.tensor([EAST] * 4)
    figures = region_diagnostics(q, q, None)
    assert figures['embedding_std'] == 0
    assert figures.keys() == {'sim_query_key', 'embedding_std'}
