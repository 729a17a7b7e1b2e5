import pytest
import torch
from mmpretrain.registry import MODELS
from torch import nn
from torch.nn.functional import avg_pool2d

from regioncl_mm.models import RegionBranch, RegionMaskPool, RegionViews
from regioncl_mm.regions import Region, pool_regions


def patch_mean(stride):
    """A backbone whose cells see their own pixels only."""
    return lambda images: (avg_pool2d(images, stride),)


def flat(maps):
    return (maps[0].flatten(1),)


def labelled_images(n, size=28):
    """Image i is filled with the value i."""
    return torch.arange(float(n)).view(n, 1, 1, 1).repeat(1, 1, size, size)


@pytest.mark.parametrize('n', [2, 3, 4, 5])
def test_views_are_of_the_images_they_name(n):
    branch = RegionBranch(stride=4)
    views = branch(labelled_images(n), patch_mean(4), flat)
    assert isinstance(views, RegionViews)
    torch.testing.assert_close(views.canvas[:, 0], torch.arange(float(n)))
    torch.testing.assert_close(views.paste[:, 0], views.partner.float())
    assert (views.partner != torch.arange(n)).all()
    assert 3 <= views.region.height <= 5 and 3 <= views.region.width <= 5


def test_without_swapping_each_region_is_of_its_own_image():
    seen = []

    def backbone(images):
        seen.append(images)
        return (avg_pool2d(images, 4),)

    branch = RegionBranch(stride=4, swap=False)
    images = labelled_images(3) + 1
    views = branch(images, backbone, flat)
    assert views.partner.tolist() == [0, 1, 2]
    torch.testing.assert_close(views.canvas[:, 0], torch.arange(1.0, 4))
    torch.testing.assert_close(views.paste[:, 0], torch.arange(1.0, 4))
    erased, cut = seen
    rows, columns = views.region.slices(4)
    assert (erased[..., rows, columns] == 0).all()
    assert cut.shape[2:] == (4 * views.region.height, 4 * views.region.width)


def test_both_regions_pass_the_neck_in_one_batch():
    sizes = []

    def neck(maps):
        sizes.append(maps[0].shape)
        return flat(maps)

    RegionBranch(stride=4)(torch.rand(6, 2, 28, 28), patch_mean(4), neck)
    assert sizes == [(12, 2, 1, 1)]


def test_has_no_state():
    assert not RegionBranch().state_dict()
    assert not list(RegionBranch().parameters())


def test_the_grid_follows_the_image():
    views = RegionBranch(stride=8, min_cells=2, max_cells=2)(
        torch.rand(2, 1, 24, 40), patch_mean(8), flat
    )
    assert views.region[2:] == (2, 2)


def test_the_pooling_neck_can_be_swapped():
    @MODELS.register_module(force=True)
    class TopCornerPool(nn.Module):
        def forward(self, features, region):
            corner = features[..., :1, :1]
            return corner, corner + 10

    branch = RegionBranch(stride=4, pool=dict(type='TopCornerPool'))
    views = branch(labelled_images(2), patch_mean(4), flat)
    torch.testing.assert_close(views.paste, views.canvas + 10)


def test_the_neck_pools_the_last_map():
    maps = torch.rand(2, 3, 7, 7), torch.rand(2, 4, 5, 5)
    region = Region(1, 1, 3, 2)
    expected = pool_regions(maps[1], region)
    for features in (maps, maps[1]):
        for got, want in zip(RegionMaskPool()(features, region), expected):
            assert torch.equal(got, want)


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(min_cells=5, max_cells=3), 'min_cells=5, max_cells=3'),
        (dict(min_cells=0), 'min_cells=0'),
        (dict(stride=0), 'stride'),
    ],
)
def test_bad_arguments_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        RegionBranch(**kwargs)


@pytest.mark.parametrize(
    'shape, message',
    [
        ((1, 1, 28, 28), 'batch of 1'),
        ((2, 1, 28, 30), '28x30 images'),
        ((2, 1, 20, 20), 'leave no canvas'),
    ],
)
def test_bad_batches_are_refused_before_the_backbone_runs(shape, message):
    def backbone(images):
        raise AssertionError('ran')

    with pytest.raises(ValueError, match=message):
        RegionBranch(stride=4)(torch.rand(shape), backbone, flat)


def test_a_backbone_of_another_stride_is_refused():
    with pytest.raises(ValueError, match='14x14 cells .* stride=4 makes 7x7'):
        RegionBranch(stride=4)(torch.rand(2, 1, 28, 28), patch_mean(2), flat)


def test_a_backbone_without_a_map_is_refused():
    def backbone(images):
        return (images.mean((2, 3)),)

    with pytest.raises(ValueError, match='returns no cells'):
        RegionBranch(stride=4)(torch.rand(2, 1, 28, 28), backbone, flat)
