"""examples/: projects that use the library from outside."""

import copy
import importlib
import re
import sys

import pytest
import torch
from algorithms import BACKBONE, REGIONS, mlp, views
from conftest import REPO
from mmengine.config import Config
from mmpretrain.registry import MODELS
from reference import assert_same_gradients, pooled
from test_models.test_regioncl_barlow import embeddings
from test_models.test_regioncl_s import mlp as through

CLOSE = dict(rtol=1e-9, atol=1e-9)
FOLDER = REPO / 'examples' / 'vicreg'
CONFIGS = {path.stem.split('_')[0]: path for path in FOLDER.glob('*4e*.py')}


@pytest.fixture
def example(monkeypatch):
    """The module, registered for the time of the test."""
    monkeypatch.syspath_prepend(FOLDER)
    yield importlib.import_module('regioncl_vicreg')
    del sys.modules['regioncl_vicreg']
    for name in ('VICRegHead', 'RegionCLVICReg'):
        MODELS.module_dict.pop(name)


def build(**changes):
    config = dict(
        type='RegionCLVICReg',
        backbone=BACKBONE,
        neck=mlp(16),
        head=dict(type='VICRegHead'),
        region_branch=REGIONS,
    )
    return MODELS.build({**config, **changes}).double()


def lacking(z):
    """VICReg's Eqs. 1 and 4, a component and a pair of them at a time."""
    rows, size = z.shape
    hinge = covariance = 0
    for i in range(size):
        a = z[:, i] - z[:, i].mean()
        deviation = ((a * a).sum() / (rows - 1) + 1e-4).sqrt()
        hinge = hinge + max(1 - deviation, 0 * deviation) / size
        for j in range(size):
            b = z[:, j] - z[:, j].mean()
            if i != j:
                covariance += ((a * b).sum() / (rows - 1)) ** 2 / size
    return hinge, covariance


def vicreg(a, b):
    """VICReg's Eq. 6; the mean over both views of Eq. 1, as its code has."""
    distance = sum((x - y) ** 2 for x, y in zip(a.ravel(), b.ravel()))
    (hinge_a, covariance_a), (hinge_b, covariance_b) = lacking(a), lacking(b)
    return (
        25 * distance / a.numel()
        + 25 * (hinge_a + hinge_b) / 2
        + covariance_a
        + covariance_b
    )


def test_the_loss_is_vicregs(example):
    head = example.VICRegHead()
    a, b = torch.randn(2, 5, 3, dtype=torch.float64)
    b[:, 0] *= 9  # wide enough
    torch.testing.assert_close(head.loss(a, b), vicreg(a, b), **CLOSE)
    # A deviation of 1, no covariance, the same view.
    z = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]).double()
    assert head.loss(z, z) == 0
    same = torch.zeros(4, 2)
    torch.testing.assert_close(
        head.loss(same, same), torch.tensor(25 * (1 - 0.01))
    )


def test_a_step_equals_the_written_out_one(example):
    torch.manual_seed(0)
    model = build()
    reference = copy.deepcopy(model)
    inputs = [view.double() for view in views(5)]
    torch.manual_seed(7)
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    drawn = [reference.region_branch.draw(images) for images in inputs]
    z, canvas, paste = zip(
        *(
            embeddings(reference, images, *of_view)
            for images, of_view in zip(inputs, drawn)
        )
    )
    instance = vicreg(*z)
    keys = [x.detach() for x in z]
    region = 0
    for view, (_, partner) in enumerate(drawn):
        key = keys[1 - view]
        region = region + vicreg(canvas[view], key) / 4
        region = region + vicreg(paste[view], key[partner]) / 4
    (instance + region).backward()
    torch.testing.assert_close(losses['loss_instance'], instance, **CLOSE)
    torch.testing.assert_close(losses['loss_region'], region, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)


def test_without_regions_it_is_vicreg(example):
    torch.manual_seed(0)
    model = build(region_branch=None)
    inputs = [view.double() for view in views(5)]
    losses = model.loss(inputs, None)
    assert set(losses) == {'loss_instance'}
    z = [through(model.neck, pooled(model.backbone(x)[0])) for x in inputs]
    torch.testing.assert_close(losses['loss_instance'], vicreg(*z), **CLOSE)
    assert model.state_dict().keys() == build().state_dict().keys()


@pytest.mark.parametrize('name', ['vicreg', 'regioncl-vicreg'])
def test_its_configs_train(example, name):
    cfg = Config.fromfile(CONFIGS[name])
    model = MODELS.build(cfg.model)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    inputs = [torch.rand(8, 1, 28, 28) for _ in range(2)]
    before = model.backbone.conv1.weight.clone()
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()
    optimizer.step()
    assert ('loss_region' in losses) == name.startswith('regioncl')
    assert not torch.equal(model.backbone.conv1.weight, before)
    assert cfg.train_cfg.max_epochs == 4


def test_files_that_its_page_names_are_there():
    text = (FOLDER / 'README.md').read_text(encoding='utf-8')
    named = re.findall(
        r'\b(?:configs|docs|examples|tools)/[\w./-]+\.\w+', text
    )
    assert len(set(named)) >= 4
    for name in named:
        assert (REPO / name).is_file(), name
