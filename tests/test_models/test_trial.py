"""A trial finds what does not fit, and leaves no trace."""

import copy
import random

import numpy as np
import pytest
import torch
from algorithms import ALGORITHMS, SWIN, build, mlp, predictor
from mmpretrain.models import ImageClassifier, SimCLR
from torch import nn

from regioncl_mm.methods import has_known_loss
from regioncl_mm.models import RegionCLSimCLR
from regioncl_mm.models.trial import try_model


def batch(channels=1, size=28, views=2):
    generator = torch.Generator().manual_seed(0)
    shape = (2, channels, size, size)
    inputs = [
        torch.randint(0, 255, shape, generator=generator).byte()
        for _ in range(views)
    ]
    return dict(inputs=inputs, data_samples=None)


def prepared(name, **changes):
    """With a mean and a deviation, as configs give them."""
    if 'data_preprocessor' not in changes:
        values = dict(mean=[100.0], std=[50.0])
        changes['data_preprocessor'] = dict(
            type='SelfSupDataPreprocessor', **values
        )
    return build(name, **changes)


COLOURS = dict(
    data_preprocessor=dict(
        type='SelfSupDataPreprocessor', mean=[1.0] * 3, std=[1.0] * 3
    )
)


def random_numbers():
    return torch.rand(3).tolist(), np.random.rand(), random.random()


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('regions', [True, False])
@pytest.mark.parametrize('name', ALGORITHMS)
def test_nothing_changes(name, regions, training):
    model = prepared(name, **({} if regions else dict(region_branch=None)))
    model.train(training)
    before = copy.deepcopy(model.state_dict())
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    expected = random_numbers()
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    try_model(model, batch())
    assert random_numbers() == expected
    assert all(module.training == training for module in model.modules())
    assert all(p.grad is None for p in model.parameters())
    for key, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[key]), key


def neck_of(name, **changes):
    return {**ALGORITHMS[name][2]['neck'], **changes}


@pytest.mark.parametrize('name', ALGORITHMS)
def test_another_width_of_the_neck_is_named(name):
    model = prepared(name, neck=neck_of(name, in_channels=20))
    message = 'takes 20 channels, .* gives 16; set `model.neck.in_channels=16`'
    with pytest.raises(ValueError, match=message):
        try_model(model, batch())


@pytest.mark.parametrize('name', ALGORITHMS)
def test_several_maps_are_named(name):
    """Each with regions and without."""
    backbone = {**ALGORITHMS[name][2]['backbone'], 'out_indices': (0, 1)}
    for changes in ({}, dict(region_branch=None)):
        model = prepared(name, backbone=backbone, **changes)
        with pytest.raises(ValueError, match='2 maps .*backbone.out_indices'):
            try_model(model, batch())


@pytest.mark.parametrize('name', ['m', 'd', 'moby'])
def test_a_queue_of_other_vectors_is_named(name):
    model = prepared(name, feat_dim=6)
    with pytest.raises(ValueError, match='of 6 numbers, .*feat_dim=8'):
        try_model(model, batch())


@pytest.mark.parametrize('name', ['s', 'm3', 'byol', 'moby'])
@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(in_channels=9), 'set `model.head.predictor.in_channels=8`'),
        (dict(out_channels=9), 'set `model.head.predictor.out_channels=8`'),
    ],
)
def test_another_width_of_the_predictor_is_named(name, changes, message):
    head = {**ALGORITHMS[name][2]['head'], 'predictor': predictor()}
    head['predictor'].update(changes)
    with pytest.raises(ValueError, match=message):
        try_model(prepared(name, head=head), batch())


def test_another_width_of_barlows_norm_is_named():
    head = {**ALGORITHMS['barlow'][2]['head'], 'in_channels': 9}
    with pytest.raises(ValueError, match='set `model.head.in_channels=8`'):
        try_model(prepared('barlow', head=head), batch())


@pytest.mark.parametrize(
    'name, changes, given, message',
    [
        ('m', {}, batch(channels=3), 'set `model.backbone.in_channels=3`'),
        ('moby', dict(backbone=SWIN), batch(3), 'backbone.in_channels=3'),
        (
            'm',
            dict(region_branch=dict(type='RegionBranch', stride=2)),
            batch(),
            'set `region_branch.stride`',
        ),
        (
            's',
            dict(neck=mlp(16, num_layers=3, with_avg_pool=False)),
            batch(),
            '`model.neck` does not take features of .* and pooling',
        ),
        ('m', COLOURS, batch(channels=4), '`mean`, `std` and `to_rgb`'),
    ],
)
def test_what_else_does_not_fit(name, changes, given, message):
    with pytest.raises(ValueError, match=message):
        try_model(prepared(name, **dict(changes)), given)


def test_a_classifiers_head_is_tried():
    def classifier(in_channels):
        return ImageClassifier(
            backbone=ALGORITHMS['m'][2]['backbone'],
            neck=dict(type='GlobalAveragePooling'),
            head=dict(
                type='LinearClsHead', num_classes=3, in_channels=in_channels
            ),
        )

    given = dict(inputs=batch()['inputs'][0], data_samples=None)
    try_model(classifier(16), given)
    with pytest.raises(ValueError, match='set `model.head.in_channels=16`'):
        try_model(classifier(32), given)


class OwnLoss(SimCLR):
    """Calls its neck in a way of its own."""

    def loss(self, inputs, data_samples, **kwargs):
        return dict(loss=self.neck([self.backbone(inputs[0])]).sum())


class OwnRegionLoss(RegionCLSimCLR):
    loss = OwnLoss.loss


class SameLoss(RegionCLSimCLR):
    pass


class ListNeck(nn.Linear):
    def forward(self, outputs):
        return super().forward(
            torch.cat([x[-1].mean((2, 3)) for x in outputs])
        )


def own(cls, channels, regions=None):
    config = {**ALGORITHMS['simclr'][2], **(regions or {})}
    model = cls(**copy.deepcopy(config))
    model.neck = ListNeck(channels, 8)
    return model


def test_whose_loss_is_known():
    for cls, base, _ in ALGORITHMS.values():
        assert has_known_loss(cls) and has_known_loss(base)
    assert has_known_loss(SameLoss)
    assert not has_known_loss(OwnLoss) and not has_known_loss(OwnRegionLoss)
    assert not has_known_loss(nn.Module)


def test_of_a_loss_of_ones_own_the_backbone_is_tried():
    model = own(OwnLoss, 16)
    try_model(model, batch())
    model.loss([view.float() for view in batch()['inputs']], None)
    with pytest.raises(ValueError, match='set `model.backbone.in_channels=3`'):
        try_model(model, batch(channels=3))


def test_of_a_loss_of_ones_own_with_regions_more_is_tried():
    """The branch, and whether the neck takes so many channels."""
    stride = dict(region_branch=dict(stride=4))
    try_model(own(OwnRegionLoss, 16, stride), batch())
    with pytest.raises(ValueError, match='set `model.neck.in_channels=16`'):
        try_model(own(OwnRegionLoss, 20, stride), batch())
    stride = dict(region_branch=dict(stride=2))
    with pytest.raises(ValueError, match='set `region_branch.stride`'):
        try_model(own(OwnRegionLoss, 16, stride), batch())


def test_a_loss_of_ones_own_needs_no_neck():
    model = own(OwnRegionLoss, 16, dict(region_branch=dict(stride=4)))
    del model.neck
    try_model(model, batch())


@pytest.mark.parametrize('name', ['m', 's'])
def test_of_a_backbone_without_a_map_the_regions_tell_what_to_set(name):
    backbone = dict(
        type='ConvNeXt',
        arch=dict(depths=[1] * 4, channels=[4, 4, 4, 16]),
        in_channels=1,
    )
    branch = dict(stride=32, min_cells=1, max_cells=1)
    model = prepared(name, backbone=backbone, region_branch=branch)
    with pytest.raises(ValueError, match='gap_before_final_norm=False'):
        try_model(model, batch(size=64))
