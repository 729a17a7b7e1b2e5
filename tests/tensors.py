"""Tensors of models, and their comparison."""

import functools

import torch
from algorithms import build

RESNET = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)


@functools.lru_cache(maxsize=None)
def resnet_moco():
    """RegionCL-M's tensors, with a narrow ResNet-18 that every library has.

    Both encoders and the counters of batch norm differ from each other and
    from what anything is initialised with.
    """
    neck = dict(type='MoCoV2Neck', in_channels=64, hid_channels=64)
    model = build('m', backbone=RESNET, neck={**neck, 'out_channels': 8})
    randomise(model.state_dict())
    return model.state_dict()


def randomise(state_dict):
    generator = torch.Generator().manual_seed(0)
    for i, tensor in enumerate(state_dict.values()):
        if tensor.is_floating_point():
            tensor.normal_(generator=generator)
        else:
            tensor.fill_(i)


def part(state_dict, prefix):
    """The tensors below a prefix."""
    return {
        name[len(prefix) :]: tensor
        for name, tensor in state_dict.items()
        if name.startswith(prefix)
    }


def under(prefix, tensors):
    return {prefix + name: tensor for name, tensor in tensors.items()}


def assert_same(actual, expected):
    """Same names, types and bits."""
    assert expected and actual.keys() == expected.keys()
    for name, tensor in expected.items():
        assert actual[name].dtype == tensor.dtype, name
        assert torch.equal(actual[name], tensor), name


def in_a_row(tensors):
    """By the names in a Sequential of torchvision's ResNet's children."""
    places = dict(conv1=0, bn1=1, layer1=4, layer2=5, layer3=6, layer4=7)
    return {
        '.'.join([str(places[first]), *rest]): tensor
        for first, *rest, tensor in (
            (*name.split('.'), tensor) for name, tensor in tensors.items()
        )
    }


def of_detectron2(tensors):
    """By detectron2's names, as its script for torchvision's files gives."""
    found = {}
    for name, tensor in tensors.items():
        if 'num_batches_tracked' in name:
            continue
        if 'layer' not in name:
            name = f'stem.{name}'
        for i in (1, 2, 3, 4):
            name = name.replace(f'layer{i}', f'res{i + 1}')
        for i in (1, 2, 3):
            name = name.replace(f'bn{i}', f'conv{i}.norm')
        name = name.replace('downsample.0', 'shortcut')
        found[name.replace('downsample.1', 'shortcut.norm')] = tensor
    return found
