"""Models build in a run whose default scope is not mmpretrain's."""

import copy

import pytest
from algorithms import ALGORITHMS, MOBY, set_max_iters
from mmengine.registry import MODELS, DefaultScope, Registry
from mmpretrain.models.losses import CosineSimilarityLoss, CrossEntropyLoss
from torch import nn

from regioncl_mm.models import (
    RegionBranch,
    RegionContrastHead,
    RegionMaskPool,
    RegionSimilarityHead,
)

SCOPE = 'elsewhere'
# Names that another library may have, too; mmdet has the first.
SHARED = (
    'CrossEntropyLoss',
    'CosineSimilarityLoss',
    'RegionBranch',
    'RegionContrastHead',
    'RegionMaskPool',
    'RegionSimilarityHead',
)
every = pytest.mark.parametrize('name', ALGORITHMS)


@pytest.fixture(params=['nothing', 'the same names'])
def registry(request):
    """Another library's, which is that of the default scope."""
    elsewhere = Registry('model', parent=MODELS, scope=SCOPE, locations=[])
    if request.param == 'the same names':
        for name in SHARED:
            own = type(name, (nn.Identity,), {})
            elsewhere.register_module(name, module=own)
    with DefaultScope.overwrite_default_scope(SCOPE):
        yield elsewhere
    MODELS.children.pop(SCOPE)


def with_scope(config):
    """A config with the scope in every type that is mmpretrain's."""
    if not isinstance(config, dict):
        return config
    config = {key: with_scope(value) for key, value in config.items()}
    if config.get('type', 'BN1d') != 'BN1d':
        config['type'] = 'mmpretrain.' + config['type']
    return config


def build(name, **changes):
    cls, _, config = ALGORITHMS[name]
    set_max_iters()
    return MODELS.build(
        dict(
            with_scope(dict(config, type=cls.__name__)),
            data_preprocessor=dict(type='mmpretrain.SelfSupDataPreprocessor'),
            **copy.deepcopy(changes),
        )
    )


@every
def test_what_is_not_named_is_of_this_project(name, registry):
    model = build(name, region_branch=dict(stride=4))
    heads = RegionContrastHead, RegionSimilarityHead
    assert type(model) is ALGORITHMS[name][0]
    assert type(model.region_branch) is RegionBranch
    assert type(model.region_branch.pool) is RegionMaskPool
    assert type(model.region_head) in heads


@every
def test_a_type_that_is_named_is_of_the_default_scope(name, registry):
    class OwnBranch(RegionBranch):
        pass

    class OwnHead(nn.Module):
        def __init__(self, **settings):
            super().__init__()
            self.settings = settings

    registry.register_module(module=OwnBranch)
    registry.register_module(module=OwnHead)
    model = build(
        name,
        region_branch=dict(type='OwnBranch'),
        region_head=dict(type='OwnHead', factor=2),
    )
    assert type(model.region_branch) is OwnBranch
    assert type(model.region_head) is OwnHead
    assert model.region_head.settings['factor'] == 2


def test_losses_that_are_not_named_are_mmpretrains(registry):
    head = RegionSimilarityHead()
    assert type(head.loss_module) is CosineSimilarityLoss
    predictor = with_scope(MOBY['head']['predictor'])
    config = dict(type='mmpretrain.MoBYHead', predictor=predictor)
    assert type(MODELS.build(config).loss_module) is CrossEntropyLoss
