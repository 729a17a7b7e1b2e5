import pytest
import torch
from mmpretrain.registry import MODELS
from torch import nn
from torch.nn.functional import avg_pool2d

from regioncl_mm.models import RegionBranch, RegionMaskPool, RegionViews
from regioncl_mm.models.region_branch import (
    encode_with_regions,
)
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

    with pytest.raises(
        ValueError,
        match=r'features of shape \(2, 1\), but regions are pooled from a '
        r'feature map \(N, C, H, W\); have it return one',
    ):
        RegionBranch(stride=4)(torch.rand(2, 1, 28, 28), backbone, flat)


def test_replaced_and_detached_views_keep_their_places():
    images = torch.rand(4, 2, 28, 28).requires_grad_()
    views = RegionBranch(stride=4)(images, patch_mean(4), flat)
    other = views.replaced(views.paste, views.canvas)
    assert other.canvas is views.paste and other.paste is views.canvas
    detached = views.detach()
    for kept in (other, detached):
        assert kept.partner is views.partner and kept.region == views.region
    assert torch.equal(detached.canvas, views.canvas)
    assert torch.equal(detached.paste, views.paste)
    assert views.canvas.requires_grad and not detached.canvas.requires_grad
    assert views.paste.requires_grad and not detached.paste.requires_grad


def projector(*layers):
    """A neck of mmpretrain's kind: average pooling, then layers."""
    module = nn.Sequential(*layers)
    module.sizes = []

    def project(maps):
        (features,) = maps
        module.sizes.append(tuple(features.shape))
        if features.dim() == 4:
            features = features.mean((2, 3))
        return (module(features),)

    project.sizes = module.sizes
    return project


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return nn.Conv2d(1, 6, 4, stride=4)


def as_tuple(backbone):
    return lambda images: (backbone(images),)


def class_token(backbone):
    """A backbone like mmpretrain's vision transformers."""

    class WithClassToken(nn.Module):
        out_type = 'cls_token'

        def forward(self, images):
            features = backbone(images)
            if self.out_type == 'featmap':
                return (features,)
            return (features.amax((2, 3)),)

    return WithClassToken()


@pytest.mark.parametrize('backbone_of', [as_tuple, class_token])
def test_one_batch_equals_separate_chains_without_batch_norm(
    encoder, backbone_of
):
    backbone = backbone_of(encoder)
    project = projector(nn.Linear(6, 5), nn.LayerNorm(5), nn.ReLU())
    predict = projector(nn.Linear(5, 3))
    branch, images = RegionBranch(stride=4), torch.rand(4, 1, 28, 28)

    torch.manual_seed(7)
    (z, z_regions), (p, p_regions) = encode_with_regions(
        branch, images, backbone, (project, predict)
    )

    torch.manual_seed(7)
    expected = branch(images, backbone, project)
    for got, want in (
        (z, project(backbone(images))[0]),
        (z_regions.canvas, expected.canvas),
        (z_regions.paste, expected.paste),
        (p, predict(project(backbone(images)))[0]),
        (p_regions.canvas, predict((expected.canvas,))[0]),
        (p_regions.paste, predict((expected.paste,))[0]),
    ):
        torch.testing.assert_close(got, want)
    for regions in (z_regions, p_regions):
        assert regions.region == expected.region
        assert torch.equal(regions.partner, expected.partner)
    assert z.shape == (4, 5) and p.shape == (4, 3)


@pytest.mark.parametrize('backbone_of', [as_tuple, class_token])
def test_instances_and_regions_are_one_batch_to_each_projector(
    encoder, backbone_of
):
    project = projector(nn.Linear(6, 5), nn.BatchNorm1d(5, affine=False))
    predict = projector(nn.Linear(5, 3), nn.BatchNorm1d(3, affine=False))
    (z, z_regions), (p, p_regions) = encode_with_regions(
        RegionBranch(stride=4),
        torch.rand(4, 1, 28, 28),
        backbone_of(encoder),
        (project, predict),
    )
    assert project.sizes == [(12, 6, 1, 1)]
    assert predict.sizes == [(12, 5)]
    # Normalised over all three together, and over none by itself.
    for instances, regions in ((z, z_regions), (p, p_regions)):
        parts = instances, regions.canvas, regions.paste
        mean = torch.cat(parts).mean(0)
        torch.testing.assert_close(
            mean, torch.zeros_like(mean), rtol=0, atol=1e-5
        )
        assert all(part.mean(0).abs().max() > 1e-3 for part in parts)


@pytest.mark.parametrize('backbone_of', [as_tuple, class_token])
def test_without_a_branch_the_chain_is_the_bases(encoder, backbone_of):
    backbone, images = backbone_of(encoder), torch.rand(4, 1, 28, 28)
    outputs = []

    def seen(images):
        outputs.append(backbone(images))
        return outputs[-1]

    calls = []

    def project(maps):
        assert maps is outputs[0]
        calls.append((maps[0] * 2,))
        return calls[-1]

    def predict(maps):
        assert maps is calls[0]
        return (maps[0] + 1,)

    state = torch.get_rng_state()
    (z, no_regions), (p, none_either) = encode_with_regions(
        None, images, seen, (project, predict)
    )
    assert no_regions is none_either is None
    assert len(outputs) == len(calls) == 1
    assert torch.equal(z, 2 * outputs[0][0])
    assert torch.equal(p, 2 * outputs[0][0] + 1)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_bad_batch_is_refused_before_the_instances_are_encoded():
    def backbone(images):
        raise AssertionError('ran')

    with pytest.raises(ValueError, match='batch of 1'):
        encode_with_regions(
            RegionBranch(stride=4),
            torch.rand(1, 1, 28, 28),
            backbone,
            (flat,),
        )
