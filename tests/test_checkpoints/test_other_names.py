"""Other libraries' names become mmpretrain's, and features stay the same."""

import pytest
import torch
import torchvision
from backbones import SWIN, backbone, features, images_for, tensors_of
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from tensors import in_a_row, part, resnet_moco, under
from torch import nn

from regioncl_mm.checkpoints import (
    extract_backbone,
    find_backbone,
    verify_backbone,
)


def assert_reads(state_dict, name):
    """The tensors become those of one of mmpretrain's models."""
    found, _ = find_backbone(state_dict)
    shapes = {key: x.shape for key, x in tensors_of(name).items()}
    assert {key: x.shape for key, x in found.items()} == shapes
    return found


def same_features(model, state_dict, name):
    """A library's model computes what mmpretrain's does with its weights."""
    model.eval()
    with torch.no_grad():
        expected = model(images_for(name)).flatten(1)
    ours, kept = backbone(name), tensors_of(name)
    try:
        ours.load_state_dict(assert_reads(state_dict, name))
        actual = features(name)
    finally:
        ours.load_state_dict(kept)
    assert (actual - expected).abs().max() <= 1e-6 * expected.abs().max()


def randomised(model):
    generator = torch.Generator().manual_seed(3)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            tensor.normal_(std=0.05, generator=generator)
            if 'running_var' in name:
                tensor.abs_().add_(0.5)
    return model


def test_lightlys_sequence_computes_the_same():
    whole = randomised(torchvision.models.resnet18())
    model = nn.Sequential(*list(whole.children())[:-1])
    same_features(model, under('backbone.', model.state_dict()), 'resnet18')


@pytest.mark.parametrize('prefix', ['', 'module.base_encoder.', 'encoder.'])
def test_timms_vit_as_moco_v3_and_mae_have_it(prefix):
    timm = pytest.importorskip('timm')
    size = dict(img_size=64, depth=2, mlp_ratio=2)
    model = randomised(timm.create_model('vit_tiny_patch16_224', **size))
    beside = {
        'head.0.weight': torch.ones(2),
        **({'mask_token': torch.ones(1), 'decoder_embed.bias': torch.ones(1)}),
    }
    state_dict = under(prefix, {**model.state_dict(), **beside})
    model.reset_classifier(0)
    same_features(model, state_dict, 'vit')


def test_torchvisions_vit_and_swin():
    model = torchvision.models.VisionTransformer(64, 16, 2, 3, 192, 384)
    state_dict = randomised(model).state_dict()
    model.heads = nn.Identity()
    same_features(model, state_dict, 'vit')
    size = SWIN['embed_dims'], SWIN['depths'], SWIN['num_heads']
    model = torchvision.models.SwinTransformer([4, 4], *size, [7, 7])
    index = {
        name: tensor.clone()
        for name, tensor in model.state_dict().items()
        if 'position_index' in name
    }
    state_dict = {**randomised(model).state_dict(), **index}
    model.head = nn.Identity()
    same_features(model, state_dict, 'swin')


def official_swin(timm):
    """timm's Swin, and its tensors as Microsoft's code calls them."""
    model = randomised(
        timm.create_model(
            'swin_tiny_patch4_window7_224',
            embed_dim=24,
            depths=SWIN['depths'],
            num_heads=SWIN['num_heads'],
            num_classes=0,
        )
    )
    names = {
        name: name.replace(
            f'layers.{i}.downsample', f'layers.{i - 1}.downsample'
        )
        for name in model.state_dict()
        for i in [int(name.split('.')[1]) if name.startswith('layers') else 0]
    }
    return model, {names[k]: v for k, v in model.state_dict().items()}


@pytest.mark.parametrize('prefix', ['', 'encoder.'])
def test_official_swin_and_moby(prefix):
    timm = pytest.importorskip('timm')
    model, tensors = official_swin(timm)
    tensors['head.weight'] = torch.ones(2)
    tensors['layers.1.blocks.1.attn_mask'] = torch.ones(2)
    state_dict = {
        **under(prefix, tensors),
        **({'projector.linear1.weight': torch.ones(2)} if prefix else {}),
    }
    same_features(model, state_dict, 'swin')
    if prefix:
        state_dict.update(under('encoder_k.', tensors))
        assert find_backbone(state_dict, 'momentum')[1] == 'encoder_k.'


def test_timms_swin_and_convnext():
    timm = pytest.importorskip('timm')
    model, _ = official_swin(timm)
    same_features(model, model.state_dict(), 'swin')
    size = dict(depths=[1, 1, 2, 1], dims=[8, 16, 24, 32], num_classes=0)
    for kind in ('convnext_tiny', 'convnext_atto'):  # linear, convolutions
        model = randomised(timm.create_model(kind, **size))
        same_features(model, model.state_dict(), 'convnext')


def test_dinov2s_blocks_in_groups():
    timm = pytest.importorskip('timm')
    model = timm.create_model(
        'vit_small_patch14_dinov2', img_size=28, depth=2, embed_dim=192
    )
    tensors = {
        name.replace('blocks.', 'blocks.0.'): tensor
        for name, tensor in model.state_dict().items()
    }
    found, _ = find_backbone(under('teacher.backbone.', tensors), 'momentum')
    names = [name for name in found if name.startswith('layers.1.')]
    assert 'layers.1.attn.gamma1.weight' in names and len(names) == 14


def of_transformers(version):
    """Of a ViT with one layer, as published files and version 5 have them."""
    one = torch.ones(4)
    layer = (
        'encoder.layer.0.attention.attention.query',
        'encoder.layer.0.attention.attention.key',
        'encoder.layer.0.attention.attention.value',
        'encoder.layer.0.attention.output.dense',
        'encoder.layer.0.intermediate.dense',
        'encoder.layer.0.output.dense',
        'encoder.layer.0.layernorm_before',
        'encoder.layer.0.layernorm_after',
    )
    if version == 5:
        layer = (
            *(f'layers.0.attention.{x}_proj' for x in 'qkvo'),
            *('layers.0.mlp.fc1', 'layers.0.mlp.fc2'),
            *('layers.0.layernorm_before', 'layers.0.layernorm_after'),
        )
    names = (
        'embeddings.patch_embeddings.projection',
        *layer,
        *('layernorm', 'pooler.dense'),
    )
    return {
        'embeddings.cls_token': one,
        'embeddings.position_embeddings': one,
        **{f'{x}.{y}': one for x in names for y in ('weight', 'bias')},
    }


@pytest.mark.parametrize('version', [4, 5])
@pytest.mark.parametrize('prefix', ['', 'vit.'])
def test_transformers_vit(version, prefix):
    found, _ = find_backbone(under(prefix, of_transformers(version)))
    one_layer = {
        name for name in tensors_of('vit') if not name.startswith('layers.1.')
    }
    assert set(found) == one_layer
    assert found['layers.0.attn.qkv.weight'].shape == (12,)


def test_transformers_resnet():
    names = {
        'embedder.embedder.convolution.weight': 'conv1.weight',
        'embedder.embedder.normalization.running_var': 'bn1.running_var',
        'encoder.stages.0.layers.1.layer.2.convolution.weight': (
            'layer1.1.conv3.weight'
        ),
        'encoder.stages.3.layers.0.shortcut.normalization.bias': (
            'layer4.0.downsample.1.bias'
        ),
    }
    tensors = {x: torch.tensor(i) for i, x in enumerate(names)}
    tensors['classifier.1.weight'] = torch.ones(1)
    found, prefix = find_backbone(under('resnet.', tensors))
    assert found == {y: torch.tensor(i) for i, y in enumerate(names.values())}
    assert prefix == 'resnet.'


@pytest.mark.parametrize(
    'config',
    [
        dict(type='MViT', arch='tiny', img_size=64),
        dict(
            type='XCiT',
            patch_size=16,
            embed_dims=16,
            depth=1,
            num_heads=2,
            mlp_ratio=2,
        ),
        dict(type='MobileNetV2'),
        dict(type='ResNetV1d', depth=18),
        dict(type='HRNet', arch='w18'),
    ],
    ids=lambda config: config['type'],
)
def test_mmpretrains_other_backbones_stay_as_they_are(config):
    init_default_scope('mmpretrain')  # the last test's may be another
    names = MODELS.build(config).state_dict()
    tensors = {name: torch.zeros(1) for name in names}
    found, _ = find_backbone(under('backbone.', tensors))
    assert found == tensors


# What cannot be mapped: tensors, and what the message has of them.
REFUSED = {
    'register tokens': (
        {'blocks.0.attn.qkv.weight': 1, 'register_tokens': 1},
        'names of timm for a Vision Transformer.*no place for register_tokens'
        ': register tokens',
    ),
    'a layer after the last stage': (
        {'backbone.4.0.conv1.weight': 1, 'backbone.8.weight': 1},
        r'no place for 8\.weight: a layer after',
    ),
    'Caffe2': (
        {'conv1_w': 1, 'res2_0_branch2a_w': 1},
        "conv1_w is of Caffe2's names: its strides",
    ),
    "timm's deep stem": (
        {'conv1.0.weight': 1, 'layer1.0.conv1.weight': 1},
        r"conv1\.0\.weight is of timm's ResNet with a deep stem",
    ),
    'a query without a key': (
        {'encoder.layer.0.attention.attention.query.weight': 1},
        r'query\.weight: a part of query, key and value',
    ),
}


@pytest.mark.parametrize('case', REFUSED)
def test_what_cannot_be_read_is_named(case, tmp_path):
    tensors, message = REFUSED[case]
    path = tmp_path / 'a.pth'
    torch.save({k: torch.ones(1, 1) for k in tensors}, path)
    with pytest.raises(ValueError, match=message):
        extract_backbone(path, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_a_raw_file_of_another_library_is_named_when_compared():
    tensors = in_a_row(part(resnet_moco(), 'backbone.'))
    model = backbone('resnet18')
    with pytest.raises(
        ValueError, match="the file has lightly's names of a ResNet"
    ):
        verify_backbone(nn.ModuleDict(dict(backbone=model)), tensors)
