"""A model to take features from has the source's weights and no others."""

import copy

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from tensors import randomise

from regioncl_mm.transfer.frozen import frozen_model
from regioncl_mm.transfer.source import Source, find_source

RESNET = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8)


def config(backbone=None, **model):
    return Config(
        dict(
            model=dict(
                type='ImageClassifier',
                backbone=dict(RESNET, **(backbone or {})),
                neck=dict(type='GlobalAveragePooling'),
                **model,
            ),
            data_preprocessor=dict(mean=[0.0] * 3, std=[1.0] * 3),
            randomness=dict(seed=0),
        )
    )


@pytest.fixture
def pretrained(tmp_path):
    """A checkpoint with weights that no initialisation has."""
    tensors = MODELS.build(config().model).state_dict()
    randomise(tensors)
    torch.save(dict(state_dict=tensors), tmp_path / 'pre.pth')
    return tmp_path / 'pre.pth', tensors


def weight_of(cfg, source):
    model, _ = frozen_model(cfg, source)
    return model.backbone.conv1.weight.cpu()


def configs_with_weights(path):
    """All ways of a config to name a file; in the first the line that
    tools/extract_backbone.py prints."""
    named = dict(type='Pretrained', checkpoint=str(path))
    return [
        config(dict(init_cfg=dict(named, prefix='backbone.'))),
        config(pretrained=str(path)),
        config(init_cfg=named),
        config(init_cfg=[named]),
    ]


@pytest.mark.parametrize('number', range(4))
def test_random_is_random_whatever_the_config_names(number, pretrained):
    path, _ = pretrained
    source = Source('random', None, None, None)
    found = weight_of(configs_with_weights(path)[number], source)
    assert torch.equal(found, weight_of(config(), source))


@pytest.mark.parametrize('number', range(4))
def test_a_file_that_the_config_names_need_not_be_there(
    number, pretrained, tmp_path
):
    """mmpretrain's own configs of linear classification name ''."""
    path, tensors = pretrained
    cfg = configs_with_weights('')[number]
    source = find_source(str(path), cfg, tmp_path / 'extracted')
    expected = tensors['backbone.conv1.weight']
    before = copy.deepcopy(cfg.to_dict())
    assert torch.equal(weight_of(cfg, source), expected)
    assert cfg.to_dict() == before


def test_how_a_model_without_weights_begins_stays():
    constant = dict(type='Constant', layer='Linear', val=0.5)
    cfg = config(init_cfg=[constant, dict(type='Pretrained', checkpoint='')])
    cfg.model.neck = dict(type='LinearNeck', in_channels=64, out_channels=2)
    model, _ = frozen_model(cfg, Source('random', None, None, None))
    assert (model.neck.fc.weight == 0.5).all()
