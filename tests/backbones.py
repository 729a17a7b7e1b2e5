"""Small backbones of mmpretrain with weights that no initialisation has."""

import functools

import torch
from mmpretrain.models import (
    ConvNeXt,
    ResNet,
    SwinTransformer,
    VisionTransformer,
)

VIT = dict(embed_dims=192, num_layers=2, num_heads=3, feedforward_channels=384)
SWIN = dict(embed_dims=24, depths=[1, 2, 1, 1], num_heads=[1, 2, 4, 8])
BUILD = {
    'resnet18': lambda: ResNet(18, out_indices=(3,)),
    'resnet50': lambda: ResNet(50, out_indices=(3,)),
    'vit': lambda: VisionTransformer(VIT, img_size=64, patch_size=16),
    'swin': lambda: SwinTransformer(SWIN, out_indices=(3,)),
    'convnext': lambda: ConvNeXt(
        dict(depths=[1, 1, 2, 1], channels=[8, 16, 24, 32]), out_indices=(3,)
    ),
}


@functools.lru_cache(maxsize=None)
def backbone(name):
    """A network, in evaluation mode."""
    model = BUILD[name]()
    generator = torch.Generator().manual_seed(0)
    for key, value in model.state_dict().items():
        if not value.is_floating_point():
            continue
        value.normal_(std=0.05, generator=generator)
        if key.endswith('running_var'):
            value.abs_().add_(0.5)
        elif value.dim() == 1 and key.endswith('weight'):
            value.add_(1)
    model.eval()
    return model


def tensors_of(name):
    """Copies of its tensors."""
    state_dict = backbone(name).state_dict()
    return {key: value.clone() for key, value in state_dict.items()}


def images_for(name, batch=2):
    """Noise in the size that the network takes."""
    generator = torch.Generator().manual_seed(1)
    side = dict(vit=64, swin=224).get(name, 64)
    return torch.randn(batch, 3, side, side, generator=generator)


def features(name):
    """Its last output, averaged over the picture where it is a map."""
    with torch.no_grad():
        output = backbone(name)(images_for(name))[-1]
    return output.mean((2, 3)) if output.dim() == 4 else output


def save_checkpoint(name, path, prefix='backbone.'):
    """As mmengine saves a pretrained model, without all but its backbone."""
    tensors = {prefix + k: v for k, v in tensors_of(name).items()}
    torch.save(dict(state_dict=tensors), path)
    return path


def assert_same_features(actual, name):
    """To 1e-6 of the largest feature."""
    expected = features(name)
    assert actual.shape == expected.shape
    worst = (actual - expected).abs().max() / expected.abs().max()
    assert worst <= 1e-6, worst
