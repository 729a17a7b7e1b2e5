"""Regions pass the norm that a vision transformer has for a mean."""

import copy

import pytest
import torch
from algorithms import build
from mmpretrain.registry import MODELS
from torch import nn

from regioncl_mm.models import RegionBranch
from regioncl_mm.models.region_branch import predict_with_regions
from regioncl_mm.models.region_branch.norm_of_means import norm_of_means
from regioncl_mm.regions import pool_regions

CONFIG = dict(
    arch=dict(
        embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32
    ),
    img_size=80,
    patch_size=16,
)
KINDS = dict(
    VisionTransformer={},
    # A table of positions is for one grid.
    BEiTViT=dict(use_rel_pos_bias=False, use_abs_pos_emb=True),
)
every = pytest.mark.parametrize('kind', KINDS)


def make(kind, out_type='avg_featmap'):
    """A backbone in evaluation mode, with a last norm that shows."""
    torch.manual_seed(0)
    config = dict(CONFIG, type=kind, out_type=out_type, **KINDS[kind])
    backbone = MODELS.build(copy.deepcopy(config))
    backbone.eval()
    for name in ('ln1', 'ln2'):
        if hasattr(backbone, name):
            nn.init.uniform_(getattr(backbone, name).weight, 2, 3)
            nn.init.normal_(getattr(backbone, name).bias)
    return backbone


def branch_of(**changes):
    return RegionBranch(stride=16, min_cells=1, max_cells=3, **changes)


def images():
    return torch.rand(4, 3, 80, 80, generator=torch.Generator().manual_seed(1))


def mean_of_patches(backbone, batch):
    """(N, C), before the norm."""
    tokens = copy.deepcopy(backbone)
    tokens.out_type = 'raw'
    return tokens(batch)[-1][:, backbone.num_extra_tokens :].mean(1)


@every
def test_what_is_the_whole_map_is_what_the_instance_is(kind):
    backbone, branch = make(kind), branch_of()
    # A pool that takes all cells for each of the regions.
    branch.pool.forward = lambda features, _: (
        2 * (features.mean((2, 3), True),)
    )
    seen = []
    watch = backbone.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    with torch.no_grad():
        regions = branch.encode(images(), backbone)
        watch.remove()
        (instance,) = backbone(*seen)
    for features in (regions.canvas, regions.paste):
        assert features.shape == (4, 16, 1, 1)
        torch.testing.assert_close(features.flatten(1), instance)


@every
def test_it_is_the_norm_of_the_masked_mean(kind):
    backbone, branch = make(kind), branch_of()
    maps = []

    def pool(features, region):
        maps.append(features)
        return pool_regions(features, region)

    branch.pool.forward = pool
    with torch.no_grad():
        regions = branch.encode(images(), backbone)
        top, left, height, width = regions.region
        paste = maps[0][:, :, top : top + height, left : left + width]
        inside, cells = paste.sum((2, 3)), height * width
        outside = maps[0].sum((2, 3)) - inside
        expected = [
            backbone.ln2(outside / (25 - cells)),
            backbone.ln2(inside / cells),
        ]
    torch.testing.assert_close(regions.canvas.flatten(1), expected[0])
    torch.testing.assert_close(regions.paste.flatten(1), expected[1])


@every
def test_without_swapping_a_region_is_what_its_picture_is(kind):
    backbone, branch = make(kind), branch_of(swap=False)
    with torch.no_grad():
        regions = branch.encode(images(), backbone)
        cut = images()[(..., *regions.region.slices(16))]
        (expected,) = backbone(cut)
    torch.testing.assert_close(regions.paste.flatten(1), expected)


@every
def test_gradients_of_regions_reach_the_norm(kind):
    backbone = make(kind)
    regions = branch_of().encode(images(), backbone)
    (regions.canvas.pow(3).sum() + regions.paste.sum()).backward()
    for parameter in backbone.ln2.parameters():
        assert parameter.grad.abs().min() > 0


@every
@pytest.mark.parametrize('out_type', ['cls_token', 'featmap'])
def test_other_outputs_have_none(kind, out_type):
    means = torch.rand(2, 16, 1, 1)
    assert norm_of_means(make(kind, out_type))(means) is means


def test_the_mean_of_others_is_left_alone():
    """Some have a part of that name, and do not use it so."""
    means = torch.rand(2, 16, 1, 1)
    block = nn.Module()
    block.ln2 = nn.LayerNorm(16)
    for backbone in (block, nn.Identity(), lambda maps: maps):
        assert norm_of_means(backbone)(means) is means


@every
def test_instances_and_regions_of_an_algorithm_are_alike(kind):
    """Their rows have the scale of the norm's weight when they are joined."""
    model = build(
        'm3', region_branch=dict(stride=16, min_cells=1, max_cells=3)
    ).eval()
    model.backbone = make(kind)
    nn.init.ones_(model.backbone.ln2.weight)
    nn.init.zeros_(model.backbone.ln2.bias)
    joined = []
    model.neck.register_forward_pre_hook(
        lambda _, inputs: joined.append(inputs[0][0])
    )
    with torch.no_grad():
        predict_with_regions(model, [images()])
        instances = mean_of_patches(model.backbone, images())
    (rows,) = joined
    assert rows.shape == (12, 16, 1, 1)
    torch.testing.assert_close(
        rows[:4].flatten(1), model.backbone.ln2(instances)
    )
    deviations = rows.flatten(1).std(1, unbiased=False)
    torch.testing.assert_close(deviations, torch.ones(12), rtol=0, atol=1e-3)
