"""Whether a model has a checkpoint's backbone, and why if it has not."""

import re

import pytest
import torch
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import load_state_dict
from tensors import (
    RESNET,
    part,
    randomise,
    resnet_moco,
    under,
)
from torch import nn

import regioncl_mm.models.downstream  # noqa: F401
from regioncl_mm.checkpoints import (
    BackboneMismatchError,
    hash_tensors,
    verify_backbone,
)

BOTTLENECKS = dict(type='ResNet', depth=50, stem_channels=8, base_channels=4)
SWIN = dict(
    type='mmpretrain.SwinTransformer',
    arch=dict(embed_dims=8, depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1)),
)
OUT = dict(out_indices=(0, 1, 2, 3))


class Model(nn.Module):
    """A downstream model, as far as this is concerned."""

    def __init__(self, library, backbone, shared_head=None):
        super().__init__()
        init_default_scope(library)
        self.backbone = MODELS.build(dict(backbone))
        if shared_head:
            self.roi_head = nn.Module()
            self.roi_head.shared_head = MODELS.build(dict(shared_head))


def checkpoint(backbone):
    """Tensors as in a file, all different from any initialisation."""
    tensors = Model('mmpretrain', backbone).backbone.state_dict()
    randomise(tensors)
    return {name: tensor.clone() for name, tensor in tensors.items()}


def loaded(library, backbone, tensors, **kwargs):
    """What mmengine makes of a file: what fits is loaded."""
    model = Model(library, backbone, **kwargs)
    load_state_dict(model.backbone, tensors, logger='silent')
    return model


def refused(model, tensors):
    with pytest.raises(BackboneMismatchError) as error:
        verify_backbone(model, tensors)
    return str(error.value)


@pytest.fixture(scope='module')
def resnet18():
    return part(resnet_moco(), 'backbone.')


@pytest.mark.parametrize('library', ['mmdet', 'mmseg', 'mmpose', 'mmpretrain'])
def test_a_loaded_backbone_is_verified(library, resnet18):
    model = loaded(library, RESNET, resnet18)
    result, lines = verify_backbone(model, resnet18)
    # 20 convolutions, 20 norms with five tensors each
    assert (result.loaded, result.total, result.complete) == (120, 120, True)
    assert result.fresh == result.unused == []
    digest = hash_tensors(resnet18)
    assert lines == [
        f'verified 120/120 backbone tensors (sha256 {digest[:12]})'
    ]


def test_one_changed_bit_is_found(resnet18):
    model = loaded('mmdet', RESNET, resnet18)
    weight = model.backbone.layer3[1].conv2.weight.data
    weight.view(torch.int32)[0, 0, 0, 0] ^= 1
    message = refused(model, resnet18)
    assert '119/120' in message
    assert 'of other values: 1, layer3.1.conv2.weight' in message


def test_a_key_that_is_not_in_the_file_is_found(resnet18):
    tensors = dict(resnet18)
    del tensors['layer2.0.bn1.running_var']
    message = refused(loaded('mmdet', RESNET, tensors), tensors)
    assert 'not in the file: 1, layer2.0.bn1.running_var' in message


def test_nothing_loaded(resnet18):
    model = Model('mmseg', RESNET)
    randomise(model.backbone.state_dict())
    for buffer in model.buffers():
        buffer += 1
    for parameter in model.parameters():
        parameter.data += 1
    message = refused(model, resnet18)
    assert 'verified 0/120' in message and 'nothing was loaded' in message


def test_wrong_prefix(resnet18):
    tensors = under('encoder_k.module.0.', resnet18)
    message = refused(Model('mmdet', RESNET), tensors)
    assert (
        "wrong prefix: names in the file start with 'encoder_k.module.0.'"
        in (message)
    )


def test_caffe_style_although_every_tensor_is_equal():
    tensors = checkpoint(BOTTLENECKS)
    model = loaded('mmdet', dict(BOTTLENECKS, style='caffe'), tensors)
    message = refused(model, tensors)
    assert '318/318' in message and "style='caffe'" in message
    assert message.count('likely cause') == 1
    result, _ = verify_backbone(model, tensors, allow_partial=True)
    assert not result.complete


def test_deep_stem():
    tensors = checkpoint(BOTTLENECKS)
    # mmseg's has a norm of its own kind in the stem
    model = loaded('mmseg', dict(BOTTLENECKS, type='ResNetV1c'), tensors)
    message = refused(model, tensors)
    assert (
        "deep stem of ResNetV1c or V1d, the file a plain ResNet's" in message
    )
    assert 'other depth' not in message
    backwards = checkpoint(dict(BOTTLENECKS, type='ResNetV1c'))
    message = refused(loaded('mmdet', BOTTLENECKS, backwards), backwards)
    assert 'the file is of a ResNetV1c or V1d' in message


@pytest.mark.parametrize(
    'depth, words',
    [
        (18, 'a ResNet-18 of 2, 2, 2, 2 basic blocks'),
        (34, 'a ResNet-34 or 50 of 3, 4, 6, 3 basic blocks'),
        (101, 'a ResNet-101 of 3, 4, 23, 3 bottleneck blocks'),
    ],
)
def test_other_depth(depth, words):
    tensors = checkpoint(BOTTLENECKS)
    model = loaded('mmpose', dict(BOTTLENECKS, depth=depth), tensors)
    message = refused(model, tensors)
    assert (
        'the file is a ResNet-34 or 50 of 3, 4, 6, 3 bottleneck blocks, '
        f'the model {words}'
    ) in message


def test_other_width(resnet18):
    wide = dict(RESNET, base_channels=16)
    message = refused(loaded('mmdet', wide, resnet18), resnet18)
    assert re.search(
        r'layer1\.0\.conv1\.weight is 8×8×3×3 in the file, 16×8×3×3 in the '
        'model',
        message,
    )


@pytest.mark.parametrize('library', ['mmpose', 'mmpretrain'])
def test_init_cfg_as_a_list_zeroes_norms_after_loading(
    library, resnet18, tmp_path
):
    path = str(tmp_path / 'backbone.pth')
    torch.save(dict(state_dict=under('backbone.', resnet18)), path)
    pretrained = dict(type='Pretrained', checkpoint=path, prefix='backbone.')
    model = Model(library, dict(RESNET, init_cfg=[pretrained]))
    model.backbone.init_weights()
    message = refused(model, resnet18)
    assert '104/120' in message and 'give it as a plain dict' in message
    model = Model(library, dict(RESNET, init_cfg=pretrained))
    model.backbone.init_weights()
    assert verify_backbone(model, resnet18)[0].complete


C4 = dict(
    backbone=dict(
        BOTTLENECKS,
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(2,),
    ),
    shared_head=dict(
        type='ResLayerExtraNorm', depth=50, stage=3, style='pytorch'
    ),
)


def test_a_shared_head_has_the_last_stage():
    """The width is the full one, for mmdet's shared head has no other."""
    backbone = dict(C4['backbone'], stem_channels=64, base_channels=64)
    tensors = checkpoint(dict(type='ResNet', depth=50))
    model = loaded('mmdet', backbone, tensors, shared_head=C4['shared_head'])
    message = refused(model, tensors)
    assert '258/318' in message and 'layer4.0.conv1.weight' in message
    load_state_dict(model.roi_head.shared_head, tensors, logger='silent')
    result, lines = verify_backbone(model, tensors)
    assert (result.loaded, result.total, result.complete) == (318, 318, True)
    assert sorted(result.fresh) == [
        f'norm.{name}'
        for name in (
            'bias',
            'num_batches_tracked',
            'running_mean',
            'running_var',
            'weight',
        )
    ]
    assert any("C4's norm after the last stage" in line for line in lines)


def test_a_missing_shared_head():
    tensors = checkpoint(BOTTLENECKS)
    message = refused(loaded('mmdet', C4['backbone'], tensors), tensors)
    assert '258/258' in message and 'in the file alone: 60, ' in message
    assert 'the model has 3 stages, the file 4' in message
    assert 'model.roi_head.shared_head' in message


@pytest.mark.parametrize('library', ['mmdet', 'mmseg'])
def test_a_swin_transformer_has_new_norms_of_its_outputs(library):
    tensors = checkpoint(SWIN)
    model = loaded(library, dict(SWIN, **OUT), tensors)
    result, lines = verify_backbone(model, tensors)
    assert result.complete and result.loaded == len(tensors)
    assert result.fresh == [
        f'norm{i}.{name}' for i in range(3) for name in ('weight', 'bias')
    ]
    assert 'norms of outputs that pretraining did not use' in lines[1]


def test_names_of_timm():
    tensors = {'blocks.0.attn.qkv.weight': torch.zeros(3, 3)}
    message = refused(Model('mmpretrain', SWIN), tensors)
    assert "the file has timm's names of a Vision Transformer" in message


def test_old_checkpoints_count_no_batches(resnet18):
    tensors = {
        name: tensor
        for name, tensor in resnet18.items()
        if 'num_batches_tracked' not in name
    }
    result, _ = verify_backbone(loaded('mmdet', RESNET, tensors), tensors)
    assert (result.loaded, len(result.fresh), result.complete) == (
        100,
        20,
        True,
    )


def test_half_precision_is_compared_as_it_was_loaded(resnet18):
    tensors = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in resnet18.items()
    }
    model = loaded('mmdet', RESNET, tensors)
    assert verify_backbone(model, tensors)[0].complete


def test_partly_loaded_is_said_where_it_is_allowed(resnet18):
    tensors = {k: v for k, v in resnet18.items() if 'layer4' not in k}
    model = loaded('mmdet', RESNET, tensors)
    result, lines = verify_backbone(model, tensors, allow_partial=True)
    assert (result.loaded, result.total, result.complete) == (90, 120, False)
    assert '90/120' in lines[0] and any('likely cause' in x for x in lines)


def test_a_model_without_a_backbone():
    with pytest.raises(ValueError, match='Sequential has no `backbone`'):
        verify_backbone(nn.Sequential(), {})
