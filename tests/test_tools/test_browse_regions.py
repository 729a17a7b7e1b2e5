import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgba
from test_tools.test_train import REGIONCL, REPO, run

from regioncl_mm.models import RegionBranch

sys.path.insert(0, str(REPO / 'tools'))
import browse_regions  # noqa: E402


def test_draws_a_picture_of_the_configs_images(fashion_mnist_root, tmp_path):
    out = tmp_path / 'new' / 'regions.png'
    said = run(
        sys.executable,
        'tools/browse_regions.py',
        REGIONCL,
        '--out',
        out,
        '--num-images',
        3,
        DATA_ROOT=str(fashion_mnist_root),
    )
    assert f'drew 3 images to {out}' in said
    assert out.read_bytes().startswith(b'\x89PNG')


@pytest.mark.parametrize('swap', [True, False])
def test_shows_the_composite_and_the_rectangle_swapped(swap):
    torch.manual_seed(0)
    views = [
        torch.randint(256, (4, 1, 28, 28), dtype=torch.uint8) for _ in range(2)
    ]
    branch = RegionBranch(stride=4, swap=swap)
    torch.manual_seed(1)
    region, partner = branch.draw(views[0])
    torch.manual_seed(1)
    figure = browse_regions.draw(views, branch, to_rgb=False)
    axes = np.array(figure.axes).reshape(4, 4)
    rows, columns = region.slices(4)
    for i in range(4):
        query, key, composite, source = (
            ax.images[0].get_array() for ax in axes[i]
        )
        assert (query == views[0][i, 0].numpy()).all()
        assert (key == views[1][i, 0].numpy()).all()
        inside = source[rows, columns] if swap else 0
        assert (composite[rows, columns] == inside).all()
        outside = np.ones((28, 28), bool)
        outside[rows, columns] = False
        assert (composite[outside] == query[outside]).all()
        (box,) = axes[i, 2].patches
        assert box.get_edgecolor() == to_rgba(browse_regions.PASTE)
        assert box.get_bbox().bounds == (
            columns.start - 0.5,
            rows.start - 0.5,
            4 * region.width,
            4 * region.height,
        )
        # The cells: six lines each way for seven cells.
        assert len(axes[i, 2].lines) == 12


def test_colour_images_are_shown_in_rgb():
    bgr = torch.tensor([10, 20, 30], dtype=torch.uint8).view(3, 1, 1)
    assert browse_regions.as_picture(bgr, True).tolist() == [[[30, 20, 10]]]


def test_a_config_without_regions_is_refused(fashion_mnist_root, tmp_path):
    baseline = Path(str(REGIONCL).replace('regioncl-m_', 'mocov2_'))
    out = run(
        sys.executable,
        'tools/browse_regions.py',
        baseline,
        '--out',
        tmp_path / 'a.png',
        ok=False,
        DATA_ROOT=str(fashion_mnist_root),
    )
    assert 'has no `model.region_branch`' in out
