"""MoBY against a transcription of its published algorithm, in float64."""

import copy
import math

import pytest
import torch
from algorithms import MOBY, SWIN, build, build_base, set_max_iters, views
from mmcv.cnn.bricks import DropPath
from mmpretrain.models import MobileNetV2
from reference import (
    assert_same_gradients,
    composites,
    info_nce,
    pooled,
    region_loss,
)
from test_models.test_regioncl_s import mlp
from torch import nn
from torch.nn.functional import normalize

from regioncl_mm.models.momentum import without_drop_path

CLOSE = dict(rtol=1e-9, atol=1e-9)
# mmpretrain's Swin then has its own, 0.1.
NO_RATE = {k: v for k, v in SWIN.items() if k != 'drop_path_rate'}
STEPS = 6


class PublishedMoBY:
    """Algorithm 1 of arXiv 2105.04553 on given modules.

    The momentum rises from 0.99 to 1 along half a cosine; every view has a
    queue of its own, whose oldest columns the newest keys replace.
    """

    def __init__(self, online, target, predictor, queues):
        self.online, self.target = online, target
        self.predictor = predictor
        self.queues = [queue.clone() for queue in queues]
        self.step = self.pointer = 0

    def features(self, encoder, images):
        backbone, neck = encoder
        return mlp(neck, pooled(backbone(images)[0]))

    def loss(self, inputs):
        predictions = [
            normalize(mlp(self.predictor, self.features(self.online, view)))
            for view in inputs
        ]
        momentum = 1 - 0.01 * (math.cos(math.pi * self.step / STEPS) + 1) / 2
        self.step += 1
        with torch.no_grad():
            for mine, theirs in zip(
                self.target.parameters(), self.online.parameters()
            ):
                mine.copy_(momentum * mine + (1 - momentum) * theirs)
            keys = [
                normalize(self.features(self.target, view)) for view in inputs
            ]
        loss = info_nce(
            predictions[0], keys[1], self.queues[1].clone(), 0.2
        ) + info_nce(predictions[1], keys[0], self.queues[0].clone(), 0.2)
        for queue, new in zip(self.queues, keys):
            for row in range(len(new)):
                queue[:, (self.pointer + row) % queue.size(1)] = new[row]
        self.pointer = (self.pointer + len(new)) % queue.size(1)
        return loss


def test_steps_equal_the_published_algorithm():
    torch.manual_seed(0)
    model = build_base('moby').double()
    set_max_iters(STEPS)
    online = nn.ModuleList((model.backbone, model.neck))
    copies = copy.deepcopy(online)
    target = copy.deepcopy(online).requires_grad_(False)
    target[0].load_state_dict(model.encoder_k.module[0].state_dict())
    for mine, theirs in zip(target.parameters(), copies.parameters()):
        mine.copy_(theirs)
    for module in target.modules():
        if isinstance(module, DropPath):  # the target drops no path
            module.drop_prob = 0.0
    published = PublishedMoBY(
        copies,
        target,
        copy.deepcopy(model.head.predictor),
        (model.queue1, model.queue2),
    )
    optimizers = [
        torch.optim.SGD(parameters, lr=0.01)
        for parameters in (
            [*online.parameters(), *model.head.predictor.parameters()],
            [*copies.parameters(), *published.predictor.parameters()],
        )
    ]
    for step in range(STEPS):
        inputs = [view.double() for view in views(5, step)]
        losses = []
        for run, optimizer in zip(
            (lambda x: model.loss(x, None)['loss_instance'], published.loss),
            optimizers,
        ):
            torch.manual_seed(step)  # the same paths dropped
            optimizer.zero_grad()
            loss = run(inputs)
            loss.backward()
            optimizer.step()
            losses.append(loss)
        torch.testing.assert_close(*losses, **CLOSE)
    for mine, theirs in zip(online.parameters(), copies.parameters()):
        torch.testing.assert_close(mine, theirs, **CLOSE)
    averaged = model.encoder_k.module
    for mine, theirs in zip(averaged.parameters(), target.parameters()):
        torch.testing.assert_close(mine, theirs, **CLOSE)
    for view in (0, 1):
        queue = model.state_dict()[f'queue{view + 1}']
        torch.testing.assert_close(queue, published.queues[view], **CLOSE)
        pointer = model.state_dict()[f'queue{view + 1}_ptr']
        assert pointer.item() == published.pointer == 5 * STEPS % 16


def drop_probabilities(module):
    return [m.drop_prob for m in module.modules() if isinstance(m, DropPath)]


@pytest.mark.parametrize('rate', [0.0, 0.2])
def test_only_the_online_side_drops_paths(rate):
    model = build('moby', target_backbone=dict(drop_path_rate=rate))
    online = drop_probabilities(model.backbone)
    target = drop_probabilities(model.encoder_k.module)
    assert max(online) == pytest.approx(SWIN['drop_path_rate'])
    assert max(target, default=0) == pytest.approx(rate)
    assert all(p.requires_grad for p in model.backbone.parameters())
    assert not any(p.requires_grad for p in model.encoder_k.parameters())


@pytest.mark.parametrize('backbone', [SWIN, NO_RATE])
def test_the_target_drops_no_path_unless_told_to(backbone):
    model = build('moby', backbone=backbone)
    assert max(drop_probabilities(model.backbone)) > 0.05
    assert not any(drop_probabilities(model.encoder_k.module))
    model = build('moby', backbone=backbone, target_backbone={})
    target = drop_probabilities(model.encoder_k.module)
    assert target == drop_probabilities(model.backbone)


class OwnMobileNet(MobileNetV2):
    """Its signature does not tell what it takes."""

    def __init__(self, **mobilenet):
        super().__init__(**mobilenet)


@pytest.mark.parametrize('kind', [MobileNetV2, OwnMobileNet])
def test_backbones_that_drop_no_path(kind):
    backbone = dict(type=kind, widen_factor=0.125, out_indices=(2,))
    neck = dict(MOBY['neck'], in_channels=8)
    model = build('moby', backbone=backbone, neck=neck, region_branch=None)
    assert type(model.encoder_k.module[0]) is kind
    images = [view.expand(-1, 3, -1, -1) for view in views()]
    assert model.loss(images, None)['loss_instance'].isfinite()
    with pytest.raises(TypeError, match='drop_path_rate'):
        rate = dict(drop_path_rate=0.1)
        build('moby', backbone=backbone, neck=neck, target_backbone=rate)


def test_another_wrong_argument_of_a_backbone_is_told():
    with pytest.raises(TypeError, match='img_sise'):
        without_drop_path(dict(SWIN, img_sise=28))


def test_a_step_with_regions_equals_the_written_out_one():
    """Section 4.4: Eq. 2 against the key and the queue of the instance."""
    torch.manual_seed(0)
    still = {**SWIN, 'drop_path_rate': 0.0}
    model = build('moby', backbone=still).double()
    reference = copy.deepcopy(model)
    inputs = [view.double() for view in views(4)]
    torch.manual_seed(7)
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    drawn = [reference.region_branch.draw(view) for view in inputs]
    backbone, neck = reference.backbone, reference.neck
    predictor = reference.head.predictor
    predictions = []
    for images, (region, partner) in zip(inputs, drawn):
        features = backbone(composites(images, region, partner))[0]
        parts = pooled(backbone(images)[0]), *pooled(features, region)
        predictions.append(
            mlp(predictor, mlp(neck, torch.cat(parts))).chunk(3)
        )
    with torch.no_grad():  # the first update of the EMA copies the weights
        keys = [
            normalize(mlp(neck, pooled(backbone(images)[0])))
            for images in inputs
        ]
    queues = reference.queue1.clone(), reference.queue2.clone()
    instance = region_total = 0
    for view, ((q, c, p), (_, partner)) in enumerate(zip(predictions, drawn)):
        k, queue = keys[1 - view], queues[1 - view]
        instance += info_nce(normalize(q), k, queue, 0.2)
        region_total += region_loss(c, p, k, queue, partner, 0.2)
    (instance + region_total).backward()

    torch.testing.assert_close(losses['loss_instance'], instance, **CLOSE)
    torch.testing.assert_close(losses['loss_region'], region_total, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)
    for queue, k in zip((model.queue1, model.queue2), keys):
        torch.testing.assert_close(queue[:, :4], k.t(), **CLOSE)
