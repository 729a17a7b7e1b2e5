"""A stem computed twice changes nothing but what is kept."""

import copy

import pytest
import torch
from algorithms import SWIN, build, views
from mmpretrain.models import ResNet
from mmpretrain.registry import MODELS
from torch import nn
from torch.autograd.graph import saved_tensors_hooks

from regioncl_mm.models import lean_backbone as lean
from regioncl_mm.models.lean_backbone import lean_backbone

BATCH = 6  # which no weight has as its first size
RESNET = dict(type='ResNet', depth=18, stem_channels=8, base_channels=4)
STEMS = dict(
    plain=RESNET,
    without_pooling=dict(RESNET, type='ResNet_CIFAR'),
    deep=dict(RESNET, type='ResNetV1d'),
    frozen=dict(RESNET, frozen_stages=0),
    norms_in_evaluation=dict(RESNET, norm_eval=True),
    mean_of_all_batches=dict(RESNET, norm_cfg=dict(type='BN', momentum=None)),
    split_batch_norm=dict(RESNET, norm_cfg=dict(type='SplitBN', num_splits=2)),
    group_norm=dict(RESNET, norm_cfg=dict(type='GN', num_groups=2)),
)


def model_of(backbone, two_phase=True):
    model = nn.Module()
    model.backbone = MODELS.build(copy.deepcopy(backbone))
    model.two_phase = two_phase
    return model.train()


def images_of(size, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(BATCH, 3, size, size, generator=generator)


@pytest.mark.parametrize('name', STEMS)
def test_features_gradients_and_statistics_are_the_same_bits(name):
    torch.manual_seed(0)
    expected = model_of(STEMS[name])
    found = copy.deepcopy(expected)
    for step in range(2):
        maps = {}
        for model in (expected, found):
            is_lean = model is found
            backbone = lean_backbone(model) if is_lean else model.backbone
            # Two views in one graph, as in a symmetric step.
            maps[is_lean] = [
                backbone(images_of(32, seed))[-1] for seed in (step, step + 1)
            ]
            sum(x.square().sum() for x in maps[is_lean]).backward()
        assert all(map(torch.equal, maps[False], maps[True]))
    gradients = [p.grad for p in expected.parameters()]
    assert any(g is not None for g in gradients)
    for gradient, p in zip(gradients, found.parameters()):
        assert gradient is p.grad or torch.equal(gradient, p.grad)
    for key, tensor in expected.state_dict().items():
        assert torch.equal(tensor, found.state_dict()[key]), key


@pytest.mark.parametrize(
    'name, maps_left_out',
    [
        # The convolution's and ReLU's maps, and where maxima are (int64).
        ('plain', BATCH * 8 * (2 * 4 * 16**2 + 8 * 8**2)),
        # ReLU's is what the first stage is given, and stays.
        ('without_pooling', BATCH * 8 * 4 * 32**2),
    ],
)
def test_what_is_kept(name, maps_left_out):
    model = model_of(STEMS[name])
    plain, less = (
        kept_after(backbone, images_of(32))
        for backbone in (model.backbone, lean_backbone(model))
    )
    assert plain - less == maps_left_out


def kept_after(backbone, images):
    """Bytes of the maps that a forward pass keeps, each counted once."""
    maps = {}

    def pack(tensor):
        if is_map(tensor):
            maps[tensor.data_ptr()] = tensor
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        features = backbone(images)
    assert features[-1].requires_grad
    return sum(x.numel() * x.element_size() for x in maps.values())


def is_map(tensor):
    return tensor.dim() == 4 and len(tensor) == BATCH


@pytest.mark.parametrize('name', ['m', 'd'])
def test_both_phases_keep_less(name, monkeypatch):
    torch.manual_seed(0)
    model = build(name, two_phase=True)
    less = most_kept_in_each_phase(model)
    monkeypatch.setattr(lean, '_STEM_FIRST', ())
    plain = most_kept_in_each_phase(model)
    # A map of four channels before batch norm, and one after ReLU.
    left_out = 2 * 4 * BATCH * 4 * 28**2
    assert [a - b for a, b in zip(plain, less)] == [left_out] * 2


def most_kept_in_each_phase(model):
    """Bytes of the maps that a step's graphs hold, as often as they are kept,
    when composites have gone through the neck, and when queries have."""
    kept = Kept()
    take = model.neck.register_forward_hook(lambda *_: kept.mark())
    with saved_tensors_hooks(lambda x: Held(x, kept), lambda held: held.x):
        sum(model.loss(views(BATCH), None).values()).backward()
    take.remove()
    return kept.marks


class Kept:
    """Bytes of saved maps, now and whenever a mark was made."""

    def __init__(self):
        self.now, self.marks = 0, []

    def mark(self):
        self.marks.append(self.now)


class Held:
    """A saved tensor, counted until its graph lets it go."""

    def __init__(self, x, kept):
        self.x, self.kept = x, kept
        self.size = is_map(x) * x.numel() * x.element_size()
        kept.now += self.size

    def __del__(self):
        self.kept.now -= self.size


def test_a_failure_leaves_the_backbone_whole():
    model = model_of(RESNET)
    names = [name for name, _ in model.named_modules()]
    kinds = [type(child) for child in model.modules()]
    with pytest.raises(RuntimeError, match='layer1'):
        model.backbone.layer1.register_forward_pre_hook(fail)
        lean_backbone(model)(images_of(32))
    assert [name for name, _ in model.named_modules()] == names
    assert [type(child) for child in model.modules()] == kinds


def fail(*_):
    raise RuntimeError('layer1')


class OtherResNet(ResNet):
    def forward(self, x):
        return super().forward(self.conv1(x).mean(1, True).expand_as(x))


def test_other_backbones_and_one_phase_are_left_alone():
    for model in (
        model_of(RESNET, two_phase=False),
        model_of(SWIN),
        model_of(dict(type='HRNet', arch='w18')),
    ):
        assert lean_backbone(model) is model.backbone
    model = model_of(RESNET)
    assert lean_backbone(model) is not model.backbone
    model.backbone.__class__ = OtherResNet
    assert lean_backbone(model) is model.backbone
