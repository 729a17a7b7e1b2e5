"""Regions on mmpretrain's backbones: the pixels swapped are what is pooled."""

import copy
import re

import pytest
import torch
from algorithms import build
from mmpretrain.models.utils import ShiftWindowMSA
from mmpretrain.models.utils.attention import (
    BEiTAttention,
    MultiheadAttention,
)
from mmpretrain.registry import MODELS
from torch import nn
from torch.nn.functional import avg_pool2d

from regioncl_mm.models import RegionBranch
from regioncl_mm.models.region_branch import (
    predict_with_regions,
)

RESNET = dict(type='ResNet', depth=18, stem_channels=8, base_channels=4)
VIT_ARCH = dict(
    embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32
)
# name: stride, config
BACKBONES = dict(
    resnet=(32, RESNET),
    resnet_bottleneck=(32, dict(RESNET, depth=50, base_channels=2)),
    resnet_dilated=(
        16,
        dict(RESNET, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2)),
    ),
    resnet_cifar=(8, dict(RESNET, type='ResNet_CIFAR')),
    swin=(
        32,
        dict(
            type='SwinTransformer',
            arch=dict(
                embed_dims=8, depths=[1, 1, 2, 1], num_heads=[1, 1, 2, 2]
            ),
            img_size=128,
            pad_small_map=True,
        ),
    ),
    vit=(
        16,
        dict(type='VisionTransformer', arch=VIT_ARCH, img_size=80),
    ),
    vit_without_class_token=(
        16,
        dict(
            type='VisionTransformer',
            arch=VIT_ARCH,
            img_size=80,
            out_type='avg_featmap',
            with_cls_token=False,
        ),
    ),
    beit_vit=(
        16,
        dict(
            type='BEiTViT',
            arch=VIT_ARCH,
            img_size=80,
            out_type='avg_featmap',
            # A table of positions is for one grid.
            use_rel_pos_bias=False,
            use_abs_pos_emb=True,
        ),
    ),
    mocov3_vit=(
        16,
        dict(
            type='MoCoV3ViT',
            arch=VIT_ARCH,
            img_size=80,
            patch_size=16,
            stop_grad_conv1=True,
        ),
    ),
    convnext=(
        32,
        dict(
            type='ConvNeXt',
            arch=dict(depths=[1, 1, 1, 1], channels=[4, 8, 8, 16]),
            gap_before_final_norm=False,
        ),
    ),
)
ATTENTION = BEiTAttention, MultiheadAttention, ShiftWindowMSA
VITS = [name for name in BACKBONES if 'vit' in name]
GRIDS = [(5, 5), (4, 6), (6, 4)]
every = pytest.mark.parametrize('name', BACKBONES)
on_every_grid = pytest.mark.parametrize('grid', GRIDS)


def make(name):
    """A backbone in evaluation mode, with weights of some size, and a region
    branch for it."""
    torch.manual_seed(0)
    stride, config = BACKBONES[name]
    backbone = MODELS.build(copy.deepcopy(config))
    backbone.eval()
    for parameter in backbone.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
    return backbone, RegionBranch(stride, min_cells=1, max_cells=3)


def some_images(branch, grid, n=4):
    torch.manual_seed(1)
    size = [side * branch.stride for side in grid]
    return torch.rand(n, 3, *size)


def feature_map(backbone, images):
    """(N, C, H, W), the patch tokens of a transformer laid out by hand."""
    if not hasattr(backbone, 'out_type'):
        return backbone(images)[-1]
    raw = copy.deepcopy(backbone)
    raw.out_type = 'raw'
    tokens = raw(images)[-1][:, backbone.num_extra_tokens :]
    rows, columns = images.shape[2] // 16, images.shape[3] // 16
    features = torch.empty(len(images), tokens.shape[2], rows, columns)
    for index in range(rows * columns):
        row, column = divmod(index, columns)
        features[:, :, row, column] = tokens[:, index]
    return features


def watched(branch, images, backbone):
    """What the branch returns and what the backbone saw meanwhile."""
    seen = []
    watch = backbone.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    views = branch.encode(images, backbone)
    watch.remove()
    (composite,) = seen
    return views, composite


def swapped_cells(composite, images, stride):
    """(H, W), 1 where all the pixels of a cell are another image's."""
    differs = (composite != images).all(0).all(0).float()
    return avg_pool2d(differs[None], stride)[0]


@every
@on_every_grid
def test_features_are_pooled_by_the_mask_of_the_swapped_pixels(name, grid):
    backbone, branch = make(name)
    images = some_images(branch, grid)
    for seed in range(3):
        torch.manual_seed(seed)
        with torch.no_grad():
            views, composite = watched(branch, images, backbone)
            features = feature_map(backbone, composite)
        mask = swapped_cells(composite, images, branch.stride)
        assert tuple(mask.shape) == grid
        assert ((mask == 0) | (mask == 1)).all()
        assert mask.sum() == views.region.height * views.region.width
        for got, of in ((views.canvas, 1 - mask), (views.paste, mask)):
            expected = (features * of).sum((2, 3)) / of.sum()
            if hasattr(backbone, 'ln2'):  # of the mean, not of the map
                expected = backbone.ln2(expected)
            assert got.shape == (4, features.shape[1], 1, 1)
            torch.testing.assert_close(
                got.flatten(1), expected, rtol=1e-4, atol=1e-5
            )


def confine(backbone):
    """Has every cell see its own pixels only: of each convolution the taps
    are left that stay within its stride, and attention adds nothing.

    What the layers do to the position of a cell is as before.
    """
    for name, layer in list(backbone.named_modules()):
        if isinstance(layer, nn.Conv2d):
            for dim in (0, 1):
                tap = torch.arange(layer.kernel_size[dim])
                position = tap * layer.dilation[dim] - layer.padding[dim]
                inside = (position >= 0) & (position < layer.stride[dim])
                shape = (-1, 1) if dim == 0 else (1, -1)
                layer.weight.data *= inside.view(shape)
        elif isinstance(layer, nn.MaxPool2d):
            parent = backbone.get_submodule(name.rpartition('.')[0])
            setattr(parent, name.rpartition('.')[2], nn.MaxPool2d(2, 2))
        elif isinstance(layer, ATTENTION):
            attention = getattr(layer, 'w_msa', layer)
            attention.proj.weight.data.zero_()
            attention.proj.bias.data.zero_()
    return backbone


def cells_with_gradient(output, images, stride):
    (gradient,) = torch.autograd.grad(output, images, retain_graph=True)
    return avg_pool2d(gradient.abs().sum(1), stride) > 0


@every
@on_every_grid
def test_each_region_sees_its_own_pixels_and_no_others(name, grid):
    """Where only cells, and not layers, mix pixels: exact to the cell."""
    backbone, branch = make(name)
    confine(backbone)
    images = some_images(branch, grid).requires_grad_()
    for seed in range(2):
        torch.manual_seed(seed)
        views = branch.encode(images, backbone)
        inside = torch.zeros(grid, dtype=torch.bool)
        top, left, height, width = views.region
        inside[top : top + height, left : left + width] = True
        for i in range(len(images)):
            for output, image, cells in (
                (views.canvas[i], i, ~inside),
                (views.paste[i], views.partner[i], inside),
            ):
                expected = torch.zeros(len(images), *grid, dtype=torch.bool)
                expected[image] = cells
                seen = cells_with_gradient(
                    # Not its squares, whose sum a norm keeps as it is.
                    output.pow(3).sum(),
                    images,
                    branch.stride,
                )
                assert torch.equal(seen, expected)


@every
def test_a_wrong_stride_is_refused(name):
    backbone, branch = make(name)
    right, wrong = branch.stride, 2 * branch.stride
    images = torch.rand(2, 3, 8 * right, 12 * right)
    out_type = getattr(backbone, 'out_type', None)
    with pytest.raises(
        ValueError,
        match=re.escape(
            f'8x12 cells for {8 * right}x{12 * right} images, but '
            f'stride={wrong} makes 4x6'
        ),
    ):
        RegionBranch(wrong, 1, 3).encode(images, backbone)
    assert getattr(backbone, 'out_type', None) == out_type


@pytest.mark.parametrize('name', VITS)
def test_a_transformer_returns_what_it_did_before(name):
    backbone, branch = make(name)
    images = some_images(branch, (5, 5))
    out_type = BACKBONES[name][1].get('out_type', 'cls_token')
    before = backbone(images)[-1]
    branch.encode(images, backbone)
    assert backbone.out_type == out_type
    assert before.dim() == 2
    assert torch.equal(backbone(images)[-1], before)

    def fail(*_):
        assert backbone.out_type == 'featmap'
        raise RuntimeError('out of memory')

    backbone.layers[1].register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match='out of memory'):
        branch.encode(images, backbone)
    assert backbone.out_type == out_type


def test_the_class_token_stays_the_instance_of_a_transformer():
    backbone, branch = make('mocov3_vit')
    model = build(
        'm3', region_branch=dict(stride=16, min_cells=1, max_cells=3)
    ).eval()
    model.backbone = backbone
    images = some_images(branch, (5, 5))
    ((q, regions),) = predict_with_regions(model, [images])
    token = backbone(images)[0]
    assert token.shape == (4, 16)
    prediction = model.head.predictor(model.neck((token[..., None, None],)))
    torch.testing.assert_close(q, nn.functional.normalize(prediction[0]))
    assert regions.canvas.shape == regions.paste.shape == q.shape


def test_a_pooled_backbone_is_refused():
    _, config = BACKBONES['convnext']
    backbone = MODELS.build(
        dict(copy.deepcopy(config), gap_before_final_norm=True)
    )
    with pytest.raises(
        ValueError,
        match=r'shape \(2, 16\).* with `gap_before_final_norm=False`',
    ):
        RegionBranch().encode(torch.rand(2, 3, 192, 192), backbone)
