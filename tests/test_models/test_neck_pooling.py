"""A neck that does not begin by averaging is found by the trial."""

import pytest
import torch
from algorithms import ALGORITHMS, mlp
from mmpretrain.models import NonLinearNeck
from test_models.test_trial import batch, prepared
from torch import nn

from regioncl_mm.models.neck_pooling import projects_jointly
from regioncl_mm.models.trial import try_model

JOINT = [name for name in ALGORITHMS if name not in ('m', 'd')]
VIT = dict(
    type='VisionTransformer',
    arch=dict(
        embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32
    ),
    img_size=28,
    patch_size=4,
    in_channels=1,
)


class Neck(NonLinearNeck):
    """A projector that pools what it has made of the maps."""

    def __init__(self):
        super().__init__(**{k: v for k, v in mlp(16).items() if k != 'type'})

    def forward(self, outputs):
        return super().forward((self.prepare(outputs),))

    def prepare(self, outputs):
        return outputs[-1]


class Largest(Neck):
    def prepare(self, outputs):
        return outputs[-1].amax((2, 3), keepdim=True)


class GeneralisedMean(Neck):
    def prepare(self, outputs):
        return outputs[-1].clamp(min=1e-6).pow(3).mean((2, 3), True) ** (1 / 3)


class Convolved(Neck):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(16, 16, 3, padding=1)

    def prepare(self, outputs):
        return self.conv(outputs[-1]).relu()


class InPlace(Neck):
    """The second time nothing is left to be done."""

    def prepare(self, outputs):
        return outputs[-1].clamp_(min=0.1)


class OfTwo(Neck):
    """Takes no single map."""

    def prepare(self, outputs):
        first, last = outputs
        return last


class MeanOfAll(Neck):
    def prepare(self, outputs):
        return sum(outputs) / len(outputs)


def model_with(name, neck, **changes):
    torch.manual_seed(0)
    model = prepared(name, **changes)
    model.neck = neck()
    return model


MESSAGE = 'must begin by averaging the last feature map .*GlobalAveragePool'


@pytest.mark.parametrize(
    'neck', [Largest, GeneralisedMean, Convolved, InPlace]
)
@pytest.mark.parametrize('name', JOINT)
def test_another_pooling_is_found(name, neck):
    model = model_with(name, neck)
    with pytest.raises(ValueError, match=MESSAGE):
        try_model(model, batch())


@pytest.mark.parametrize('neck', [OfTwo, MeanOfAll])
def test_a_mixture_of_maps_is_found(neck):
    backbone = dict(VIT, out_type='featmap', out_indices=[0, 1])
    model = model_with('s', neck, backbone=backbone)
    with pytest.raises(ValueError, match=MESSAGE):
        try_model(model, batch())
    try_model(model_with('s', Neck, backbone=backbone), batch())


@pytest.mark.parametrize('neck', [Largest, Convolved])
def test_where_queries_pass_the_necks_own_pooling_it_may_differ(neck):
    try_model(model_with('m', neck), batch())
    try_model(model_with('s', neck, region_branch=None), batch())


@pytest.mark.parametrize('name', JOINT)
def test_with_statistics_of_any_size_averaging_is_seen_as_such(name):
    model = prepared(name)
    generator = torch.Generator().manual_seed(0)
    for key, tensor in model.neck.state_dict().items():
        if tensor.is_floating_point():
            tensor.normal_(std=3, generator=generator)
        if key.endswith('running_var'):
            tensor.abs_().add_(1e-3)
    try_model(model, batch())


@pytest.mark.parametrize('out_type', ['cls_token', 'avg_featmap', 'featmap'])
@pytest.mark.parametrize('name', ['m3', 'byol'])
def test_a_vector_is_its_own_average(name, out_type):
    neck = mlp(16, with_avg_pool=out_type == 'featmap')
    backbone = dict(VIT, out_type=out_type)
    try_model(prepared(name, backbone=backbone, neck=neck), batch())


def test_who_projects_jointly():
    for name, (cls, base, _) in ALGORITHMS.items():
        assert projects_jointly(cls) == (name in JOINT)
        assert not projects_jointly(base)
        own = type('Own', (cls,), {})
        assert projects_jointly(own) == (name in JOINT)


def test_it_is_asked_of_the_class_that_has_the_loss():
    import regioncl_mm.models as models

    class Separate(models.RegionCLS):
        def loss(self, inputs, data_samples=None):
            return models.encode_regions(self, inputs)

    class Joint(models.RegionCLM):
        def loss(self, inputs, data_samples=None):
            return [models.encode_with_regions(None, x, 0, 0) for x in inputs]

    class More(models.RegionCLS):
        def loss(self, inputs, data_samples=None):
            return super().loss(inputs, data_samples)

    assert not projects_jointly(Separate)
    assert projects_jointly(Joint) and projects_jointly(More)
