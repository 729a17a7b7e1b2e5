"""Every downstream config gets a checkpoint's backbone, to the last tensor."""

import copy

import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from tensors import randomise

from regioncl_mm.checkpoints import (
    extract_backbone,
    find_backbone,
    load_state_dict,
    verify_backbone,
)
from regioncl_mm.transfer.prepare import (
    backbone_configs,
    separate_metric_files,
    set_backbone,
    set_default_seed,
    stop_at_non_finite,
)

CONFIGS = REPO / 'configs'
# One of each model; the others change lengths and rates of these.
RESNET = {
    'mmdet/mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco.py': 5,
    'mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py': 0,
    'mmdet/retinanet_r50_fpn_8xb2-ms-90k_coco.py': 0,
    'mmdet/mask-rcnn_r50_fpn_8xb1-ms-24k_cityscapes.py': 0,
    'mmseg/upernet_r50_8xb2-40k_cityscapes-512x1024.py': 0,
    'mmpose/td-hm_res50_8xb64-210e_coco-256x192.py': 0,
    'mmpose/td-hm_res50_8xb64-210e_ap10k-256x256.py': 0,
    'imagenet/resnet50_8xb128-linear-steplr-100e_in1k.py': 0,
    'imagenet/resnet50_8xb128-coslr-50e_in1k.py': 0,
}
SWIN = {
    'mmdet/mask-rcnn_swin-tiny_fpn_8xb2-ms-poly-90k_coco.py': 6,
    'mmseg/upernet_swin-tiny_8xb2-80k_cityscapes-512x1024.py': 6,
    'imagenet/swin-tiny_8xb64-linear-coslr-100e_in1k.py': 0,
}
VIT = {'imagenet/vit-small-p16_8xb128-linear-coslr-90e_in1k.py': 0}


@pytest.fixture(scope='module')
def extracted(tmp_path_factory):
    """What pretraining leaves of a ResNet-50, of a Swin-T and of a ViT."""
    out = tmp_path_factory.mktemp('extracted')
    init_default_scope('mmpretrain')
    files = {}
    for name, backbone in (
        ('resnet', dict(type='ResNet', depth=50)),
        ('swin', dict(type='SwinTransformer', arch='tiny')),
        ('vit', dict(type='MoCoV3ViT', arch='mocov3-small', patch_size=16)),
    ):
        tensors = MODELS.build(backbone).state_dict()
        randomise(tensors)
        path = out / f'{name}.pth'
        # Training's: the backbone among other modules.
        torch.save({f'backbone.{k}': v for k, v in tensors.items()}, path)
        files[name] = extract_backbone(path, out).path
    return files


def loaded(name, path):
    """A config's model with mmengine's own loading."""
    cfg = Config.fromfile(CONFIGS / name)
    set_backbone(cfg, backbone_configs(cfg), path)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(copy.deepcopy(cfg.model))
    model.init_weights()
    return model


@pytest.mark.parametrize(
    'name, fresh', [*RESNET.items(), *SWIN.items(), *VIT.items()]
)
def test_all_tensors_are_the_files(name, fresh, extracted):
    kind = 'swin' if name in SWIN else 'vit' if name in VIT else 'resnet'
    path = extracted[kind]
    tensors, _ = find_backbone(load_state_dict(path))
    result, _ = verify_backbone(loaded(name, path), tensors)
    assert result.complete and len(result.fresh) == fresh
    assert result.loaded == result.total == len(tensors)
    if name in RESNET:
        assert result.total == 318


def test_what_a_config_says_about_pretrained_weights_goes(tmp_path):
    path = tmp_path / 'a.pth'
    cfg = Config(
        dict(
            model=dict(
                type='EncoderDecoder',
                pretrained='open-mmlab://resnet50_v1c',
                backbone=dict(
                    type='ResNet',
                    pretrained='b',
                    init_cfg=[dict(type='Pretrained', checkpoint='c')],
                ),
                init_cfg=[
                    dict(type='Pretrained', checkpoint='d'),
                    dict(type='Normal', layer='Linear'),
                ],
            ),
            custom_hooks=[dict(type='Other')],
        )
    )
    random = copy.deepcopy(cfg)
    set_backbone(cfg, backbone_configs(cfg), path, allow_partial=True)
    assert cfg.model.backbone.to_dict() == dict(
        type='ResNet',
        init_cfg=dict(
            type='Pretrained', checkpoint=str(path), prefix='backbone.'
        ),
    )
    assert 'pretrained' not in cfg.model
    assert cfg.model.init_cfg == [dict(type='Normal', layer='Linear')]
    assert cfg.custom_hooks == [
        dict(type='Other'),
        dict(
            type='VerifyBackboneHook',
            checkpoint=str(path),
            allow_partial=True,
        ),
    ]
    set_backbone(random, backbone_configs(random), None)
    assert random.model.backbone.to_dict() == dict(type='ResNet')
    assert random.custom_hooks == [dict(type='Other')]


def test_configs_without_a_place_for_it_are_refused():
    with pytest.raises(ValueError, match='has no `model.backbone`'):
        backbone_configs(Config(dict(model=dict(type='Other'))))
    cfg = Config(dict(model=dict(backbone=dict()), load_from='coco.pth'))
    with pytest.raises(ValueError, match="load_from='coco.pth'"):
        backbone_configs(cfg)


def test_cityscapes_results_lie_with_the_run():
    """The metric deletes its folder: two runs must not share one."""
    cfg = Config.fromfile(
        CONFIGS / 'mmdet/mask-rcnn_r50_fpn_8xb1-ms-24k_cityscapes.py'
    )
    cfg.work_dir = 'here'
    separate_metric_files(cfg)
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        found = [
            x.outfile_prefix for x in evaluator if x.type == 'CityScapesMetric'
        ]
        assert found == ['here/cityscapes']


def test_a_config_without_a_seed_gets_zero():
    cfg = Config(dict())
    assert set_default_seed(cfg) == 0 == cfg.randomness.seed
    cfg.randomness = dict(seed=3, deterministic=True)
    assert set_default_seed(cfg) == 3
    assert cfg.randomness == dict(seed=3, deterministic=True)


def test_runs_end_at_numbers_that_are_not_finite():
    cfg = Config(dict(default_hooks=dict(timer=dict(type='IterTimerHook'))))
    stop_at_non_finite(cfg)
    assert cfg.default_hooks.non_finite.type == 'NonFiniteHook'
    assert cfg.default_hooks.timer.type == 'IterTimerHook'
    cfg.default_hooks.non_finite = None
    stop_at_non_finite(cfg)
    assert cfg.default_hooks.non_finite is None
