"""Backbones loaded by the libraries that they were written for."""

import json
import pickle

import numpy as np
import pytest
import torch
import torchvision
from backbones import (
    BUILD,
    SWIN,
    assert_same_features,
    images_for,
    save_checkpoint,
    tensors_of,
)
from tensors import assert_same

from regioncl_mm.checkpoints import (
    export_backbone,
    find_backbone,
    load_state_dict,
)
from regioncl_mm.checkpoints.formats import FORMATS

OTHERS = FORMATS[1:]
RESNETS = ('resnet18', 'resnet50')


def exported(name, library, folder, **kwargs):
    checkpoint = save_checkpoint(name, folder / f'{name}.pth')
    return export_backbone(checkpoint, folder / 'out', library, **kwargs)


def state_dict_of(name, library, folder):
    path = exported(name, library, folder).paths[0]
    return torch.load(path, weights_only=True)


def load(model, state_dict):
    model.load_state_dict(state_dict)  # strict
    model.eval()
    return model


def run(model, name):
    with torch.no_grad():
        return model(images_for(name)).flatten(1)


@pytest.mark.parametrize('name', RESNETS)
def test_torchvision_resnet(name, tmp_path):
    model = getattr(torchvision.models, name)()
    model.fc = torch.nn.Identity()
    load(model, state_dict_of(name, 'torchvision', tmp_path))
    assert_same_features(run(model, name), name)


@pytest.mark.parametrize('name', RESNETS)
def test_lightlys_sequence_of_a_resnets_children(name, tmp_path):
    whole = getattr(torchvision.models, name)()
    model = torch.nn.Sequential(*list(whole.children())[:-1])
    load(model, state_dict_of(name, 'lightly', tmp_path))
    assert_same_features(run(model, name), name)


def test_torchvision_vit(tmp_path):
    model = torchvision.models.VisionTransformer(64, 16, 2, 3, 192, 384)
    model.heads = torch.nn.Identity()
    load(model, state_dict_of('vit', 'torchvision', tmp_path))
    assert_same_features(run(model, 'vit'), 'vit')


def test_torchvision_swin(tmp_path):
    size = SWIN['embed_dims'], SWIN['depths'], SWIN['num_heads']
    model = torchvision.models.SwinTransformer([4, 4], *size, [7, 7])
    model.head = torch.nn.Identity()
    load(model, state_dict_of('swin', 'torchvision', tmp_path))
    # The last norm is over the map there, and the mean after it.
    assert_same_features(run(model, 'swin'), 'swin')


TIMM = {
    **{name: (name, {}) for name in RESNETS},
    'vit': (
        'vit_tiny_patch16_224',
        dict(img_size=64, depth=2, mlp_ratio=2),
    ),
    'swin': (
        'swin_tiny_patch4_window7_224',
        dict(embed_dim=24, depths=SWIN['depths'], num_heads=[1, 2, 4, 8]),
    ),
    'convnext': (
        'convnext_tiny',
        dict(depths=[1, 1, 2, 1], dims=[8, 16, 24, 32]),
    ),
}


@pytest.mark.parametrize('name', TIMM)
def test_timm(name, tmp_path):
    timm = pytest.importorskip('timm')
    kind, size = TIMM[name]
    model = timm.create_model(kind, num_classes=0, **size)
    load(model, state_dict_of(name, 'timm', tmp_path))
    assert_same_features(run(model, name), name)


HUGGING = dict(vit='ViTModel', swin='SwinModel')


@pytest.mark.parametrize('name', [*RESNETS, *HUGGING])
def test_huggingface(name, tmp_path, monkeypatch):
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    transformers = pytest.importorskip('transformers')
    (folder,) = exported(name, 'huggingface', tmp_path).paths
    kind = getattr(transformers, HUGGING.get(name, 'ResNetModel'))
    without = dict(add_pooling_layer=False) if name in HUGGING else {}
    model, info = kind.from_pretrained(
        folder, output_loading_info=True, **without
    )
    assert not any(info.values()), info
    model.eval()
    with torch.no_grad():
        output = model(images_for(name)).last_hidden_state
    if name == 'vit':
        output = output[:, 0]
    else:
        output = output.mean(1) if name == 'swin' else output.mean((2, 3))
    assert_same_features(output, name)


def detectron2_names():
    """Of R-50, as its published file and detectron2's modules have them."""

    def convolution(name):
        yield f'{name}.weight'
        for x in ('weight', 'bias', 'running_mean', 'running_var'):
            yield f'{name}.norm.{x}'

    yield from convolution('stem.conv1')
    for stage, blocks in zip((2, 3, 4, 5), (3, 4, 6, 3)):
        for block in range(blocks):
            parts = ['conv1', 'conv2', 'conv3', *(['shortcut'][block:])]
            for part in parts:
                yield from convolution(f'res{stage}.{block}.{part}')


def test_detectron2(tmp_path):
    (path,) = exported('resnet50', 'detectron2', tmp_path).paths
    content = pickle.loads(path.read_bytes())
    assert path.suffix == '.pkl'
    assert content['matching_heuristics'] is True and content['__author__']
    assert set(content['model']) == set(detectron2_names())
    assert all(type(x) is np.ndarray for x in content['model'].values())
    ours = tensors_of('resnet50')
    for theirs, name in {
        'stem.conv1.weight': 'conv1.weight',
        'stem.conv1.norm.running_var': 'bn1.running_var',
        'res2.0.shortcut.weight': 'layer1.0.downsample.0.weight',
        'res5.2.conv3.norm.bias': 'layer4.2.bn3.bias',
    }.items():
        assert (content['model'][theirs] == ours[name].numpy()).all()
    # numpy 1 has no such module.
    assert b'numpy._core' not in path.read_bytes()


@pytest.mark.parametrize('library', OTHERS)
@pytest.mark.parametrize('name', BUILD)
def test_what_was_written_is_read_again(name, library, tmp_path):
    try:
        found = exported(name, library, tmp_path)
    except ValueError as error:
        known = {*[(x, 'lightly') for x in ('vit', 'swin')]}
        known |= {('convnext', x) for x in OTHERS if x != 'timm'}
        assert (name, library) in known, error
        assert not (tmp_path / 'out').exists()
        return
    path = found.paths[0]
    if path.is_dir():
        path = path / 'model.safetensors'
    again, _ = find_backbone(load_state_dict(path))
    expected = {
        key: value
        for key, value in tensors_of(name).items()
        if library != 'detectron2' or 'num_batches_tracked' not in key
    }
    assert_same(again, expected)


def test_what_cannot_be_written_is_named(tmp_path):
    torch.save(
        {
            'backbone.stem.0.conv.weight': torch.ones(1),
            'backbone.layer1.0.conv1.weight': torch.ones(1),
        },
        tmp_path / 'deep.pth',
    )
    with pytest.raises(
        ValueError,
        match=r'deep\.pth: torchvision has no place for '
        r'stem\.0\.conv\.weight of this ResNet: the deep stem of ResNetV1c',
    ):
        export_backbone(tmp_path / 'deep.pth', tmp_path, 'torchvision')


def test_heads_are_told_or_asked_for(tmp_path):
    """MoCo v3's ViT-S has 12, as no tensor says; DeiT's 6."""
    from mmpretrain.models import VisionTransformer

    arch = dict(
        embed_dims=384, num_layers=1, num_heads=12, feedforward_channels=8
    )
    tensors = VisionTransformer(arch, img_size=32).state_dict()
    for prefix, heads, expected, said in (
        ('backbone.', None, 6, '--heads 12'),
        ('backbone.', 12, 12, 'num_heads=12'),
        ('module.base_encoder.', None, 12, 'num_heads=12'),
    ):
        path = tmp_path / 'vit.pth'
        torch.save({prefix + k: v for k, v in tensors.items()}, path)
        found = export_backbone(path, tmp_path, 'huggingface', heads=heads)
        (folder,) = found.paths
        config = json.loads((folder / 'config.json').read_text())
        assert config['num_attention_heads'] == expected
        assert any(said in note for note in found.notes)
