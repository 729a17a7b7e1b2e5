"""What a backbone or neck gives must be laid out as mmpretrain's."""

import pytest
import torch
from algorithms import ALGORITHMS, BACKBONE
from mmpretrain.models import ImageClassifier, ResNet_CIFAR
from test_models.test_trial import batch, prepared
from torch import nn

from regioncl_mm.models.misfits import layout_fault
from regioncl_mm.models.trial import try_model


class ChannelsLast(ResNet_CIFAR):
    def forward(self, x):
        return (super().forward(x)[0].permute(0, 2, 3, 1),)


class Tokens(ResNet_CIFAR):
    def forward(self, x):
        return (super().forward(x)[0].flatten(2).transpose(1, 2),)


class Bare(ResNet_CIFAR):
    def forward(self, x):
        return super().forward(x)[0]


def backbone(cls):
    return cls(**{k: v for k, v in BACKBONE.items() if k != 'type'})


ORDERS = [
    (ChannelsLast, r'\(N, H, W, C\), .* \(2, 7, 7, 16\) and 16 .* permutes'),
    (Tokens, r'\(2, 49, 16\), .* 49 tokens of 16 .*features_only=True'),
]


@pytest.mark.parametrize('cls, message', ORDERS)
@pytest.mark.parametrize('regions', [True, False])
@pytest.mark.parametrize('name', ['m', 's'])
def test_another_order_of_a_backbones_numbers_is_told(
    name, regions, cls, message
):
    model = prepared(name, **({} if regions else dict(region_branch=None)))
    model.backbone = backbone(cls)
    with pytest.raises(ValueError, match=message):
        try_model(model, batch())


@pytest.mark.parametrize('cls, message', ORDERS[:1])
def test_it_is_told_of_a_classifier(cls, message):
    model = ImageClassifier(
        backbone=BACKBONE,
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=3, in_channels=16),
    )
    model.backbone = backbone(cls)
    given = dict(inputs=batch()['inputs'][0], data_samples=None)
    with pytest.raises(ValueError, match=message):
        try_model(model, given)


class Rows(ResNet_CIFAR):
    def forward(self, x):
        return (super().forward(x)[0].flatten(2),)


def test_a_classifier_may_take_tokens():
    """Then it is the channels that are wrong."""
    model = ImageClassifier(
        backbone=BACKBONE,
        neck=dict(type='GlobalAveragePooling', dim=1),
        head=dict(type='LinearClsHead', num_classes=3, in_channels=9),
    )
    model.backbone = backbone(Rows)
    given = dict(inputs=batch()['inputs'][0], data_samples=None)
    with pytest.raises(ValueError, match='set `model.head.in_channels=16`'):
        try_model(model, given)


def test_a_last_item_that_is_no_tensor_is_told():
    model = prepared('m')
    usual = model.backbone.forward
    model.backbone.forward = lambda x: (usual(x),)
    with pytest.raises(ValueError, match='returns is a tuple, and must be a'):
        try_model(model, batch())


def test_a_backbone_that_takes_more_is_left_to_its_algorithm():
    model = prepared('m', region_branch=None)
    model.backbone.forward = lambda x: x.masks
    with pytest.raises(ValueError, match='`model.backbone` does not take'):
        try_model(model, batch())
    own = type('Own', (type(model),), dict(loss=lambda self, x, y: {}))
    model.__class__ = own
    try_model(model, batch())


@pytest.mark.parametrize(
    'shape, width',
    [((2, 7, 7, 7), 7), ((2, 16, 7, 7), 16), ((2, 9, 7, 7), 16), ((2, 9), 9)],
)
def test_a_usual_order_is_not_told(shape, width):
    features = (torch.empty(shape),)
    assert layout_fault(features, nn.Linear(width, 2)) is None


@pytest.mark.parametrize('regions', [True, False])
@pytest.mark.parametrize('name', ALGORITHMS)
def test_a_neck_must_return_a_tuple(name, regions):
    model = prepared(name, **({} if regions else dict(region_branch=None)))
    usual = model.neck.forward
    model.neck.forward = lambda x: usual(x)[0]
    message = '`model.neck` returns a Tensor, and must return a tuple'
    with pytest.raises(ValueError, match=message):
        try_model(model, batch())


@pytest.mark.parametrize('name', ['s', 'm3', 'byol', 'moby'])
def test_a_predictor_must_return_a_tuple(name):
    model = prepared(name)
    usual = model.head.predictor.forward
    model.head.predictor.forward = lambda x: usual(x)[0]
    with pytest.raises(ValueError, match='`model.head.predictor` returns a T'):
        try_model(model, batch())


def test_a_backbone_must_return_a_tuple():
    """Of another, its last picture would be taken for the last map."""
    model = prepared('m')
    model.backbone = backbone(Bare)
    with pytest.raises(ValueError, match='`model.backbone` returns a Tensor'):
        try_model(model, batch())
