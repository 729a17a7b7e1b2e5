import cv2
import numpy as np
import pytest
import torch
from conftest import QUICKSTART, REPO
from matplotlib.colors import to_rgba
from mmengine.config import Config
from tool_calls import call, main_of

from regioncl_mm.cli.browse_regions import load_views
from regioncl_mm.cli.composite_figure import PASTE, as_picture, draw
from regioncl_mm.models import RegionBranch

REGIONCL = REPO / QUICKSTART

ON_CPU = 'configs/regioncl/regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'
ON_DEVICE = ON_CPU.replace('-coslr', '-fast-coslr')


def browse_regions(config, out, *arguments, **kwargs):
    main = main_of('browse_regions.py')
    return call(main, config, '--out', out, *arguments, **kwargs)


def test_draws_a_picture_of_the_configs_images(fashion_mnist_root, tmp_path):
    out = tmp_path / 'new' / 'regions.png'
    data = str(fashion_mnist_root)
    said = browse_regions(REGIONCL, out, '--num-images', 3, DATA_ROOT=data)
    assert f'drew 3 images to {out}' in said
    assert out.read_bytes().startswith(b'\x89PNG')


@pytest.mark.parametrize('swap', [True, False])
def test_shows_the_composite_and_the_rectangle_swapped(swap):
    torch.manual_seed(0)
    views = [torch.randint(256, (4, 1, 28, 28)).float() for _ in range(2)]
    branch = RegionBranch(stride=4, swap=swap)
    torch.manual_seed(1)
    region, partner = branch.draw(views[0])
    torch.manual_seed(1)
    figure = draw(views, branch)
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
        assert box.get_edgecolor() == to_rgba(PASTE)
        assert box.get_bbox().bounds == (
            columns.start - 0.5,
            rows.start - 0.5,
            4 * region.width,
            4 * region.height,
        )
        # The cells: six lines each way for seven cells.
        assert len(axes[i, 2].lines) == 12


@pytest.mark.parametrize('on_device', [False, True])
def test_colour_images_are_shown_in_rgb_and_augmented(
    on_device, imagenet, monkeypatch
):
    """Blue images, solarised: 255 - 200 of red and green stay."""
    monkeypatch.chdir(imagenet)
    for path in imagenet.glob('data/imagenet/train/*/*'):
        cv2.imwrite(str(path), np.full((240, 320, 3), (200, 20, 20), np.uint8))
    cfg = Config.fromfile(REPO / ON_DEVICE if on_device else REPO / ON_CPU)
    solarize = [dict(type='Solarize', thr=128, prob=1.0)]
    views = cfg.train_dataloader.dataset.pipeline[1]
    views.transforms = [views.transforms[0][:1] + solarize]
    for view in load_views(cfg, 2):
        picture = as_picture(view[0])
        assert abs(picture[100, 100].astype(int) - [20, 20, 55]).max() <= 3


def test_a_config_without_regions_is_refused(fashion_mnist_root, tmp_path):
    (baseline,) = REGIONCL.parent.glob('mocov2_*')
    data = str(fashion_mnist_root)
    out = browse_regions(
        baseline, tmp_path / 'a.png', ok=False, DATA_ROOT=data
    )
    assert 'has no `model.region_branch`' in out
