"""Every downstream config builds and trains as the paper's runs did.

Models are built on the meta device, data sets without their annotations. The
numbers here are those of the paper and of its authors' logs, not read from
any config.
"""

import re
from copy import deepcopy
from functools import lru_cache, partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config, DictAction
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DATASETS, HOOKS, MODELS, init_default_scope
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

CONFIGS = Path(__file__).parents[1] / 'configs'
FILES = sorted(
    path.relative_to(CONFIGS).as_posix()
    for library in ('mmdet', 'mmseg', 'mmpose')
    for path in (CONFIGS / library).glob('*.py')
)
MMDET, MMSEG, MMPOSE = (
    [name for name in FILES if name.startswith(library)]
    for library in ('mmdet', 'mmseg', 'mmpose')
)
COCO = [name for name in MMDET if name.endswith('_coco.py')]
CITYSCAPES = 'mmdet/mask-rcnn_r50_fpn_8xb1-ms-24k_cityscapes.py'
SWIN = [name for name in FILES if '_swin-tiny_' in name]
RESNET = [name for name in FILES if name not in SWIN]
C4 = [name for name in FILES if '-c4_' in name]

NAME = re.compile(
    r'(?P<model>mask-rcnn|retinanet|upernet|td-hm)'
    r'_(?P<backbone>r50|r50-c4|r50-w2|r50-w4|res50|swin-tiny)(?P<fpn>_fpn)?'
    r'_8xb(?P<batch>\d+)(?P<scales>-ms(?:-poly)?)?(?:-lr(?P<lr>[\de-]+?))?'
    r'-(?P<length>\d+)(?P<unit>[ke])_(?P<data>coco|cityscapes|ap10k)'
    r'(?:-(?P<size>\d+x\d+))?\.py'
)
MODELS_OF_NAMES = {
    'mask-rcnn': 'MaskRCNN',
    'retinanet': 'RetinaNet',
    'upernet': 'EncoderDecoder',
    'td-hm': 'TopdownPoseEstimator',
}
BATCHES = dict(coco=16, cityscapes=8)  # of detectors
# Iterations at which the rate of a detector falls, by iterations.
STEPS = {
    90000: [60000, 80000],
    180000: [120000, 160000],
    12000: [9000, 11000],
    24000: [18000],
}
# SyncBN layers of the whole model; a ResNet-50 has 53.
SYNC_BN = {
    'mask-rcnn_r50-c4': 54,  # and one after the last stage
    'mask-rcnn_r50_fpn': 61,  # and 4 + 4 in the pyramid
    'mask-rcnn_r50-w2_fpn': 61,
    'mask-rcnn_r50-w4_fpn': 61,
    'retinanet_r50_fpn': 59,  # and 3 + 3, none on P6 and P7
    'mask-rcnn_swin-tiny_fpn': 8,
    'upernet_r50': 66,
    'upernet_swin-tiny': 13,
    'td-hm_res50': 0,
}


@lru_cache(maxsize=None)
def parse(name):
    """A config, shared by the tests: not to be changed."""
    return Config.fromfile(CONFIGS / name)


@lru_cache(maxsize=None)
def build(name):
    """A config's model on the meta device."""
    cfg = parse(name)
    init_default_scope(cfg.default_scope)
    with pytest.MonkeyPatch.context() as patch, torch.device('meta'):
        # Transformers read their drop path rates off a `linspace`.
        patch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
        return MODELS.build(deepcopy(cfg.model)).train()


@lru_cache(maxsize=None)
def pretrained(backbone):
    """What a checkpoint of mmpretrain holds: names and shapes."""
    init_default_scope('mmpretrain')
    with pytest.MonkeyPatch.context() as patch, torch.device('meta'):
        patch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
        return shapes(MODELS.build(dict(backbone)))


def shapes(module):
    return {name: x.shape for name, x in module.state_dict().items()}


def dataset(name, split):
    """The data set as built, without reading its annotations."""
    cfg = parse(name)
    init_default_scope(cfg.default_scope)
    loader = deepcopy(cfg[f'{split}_dataloader'])
    return DATASETS.build(dict(loader.dataset, lazy_init=True))


def transforms(name, split='train'):
    """The transforms as built, by the name of their class."""
    built = dataset(name, split).pipeline.transforms
    return {type(transform).__name__: transform for transform in built}


def read(name):
    match = NAME.fullmatch(Path(name).name)
    assert match, f'{name} is not named as its library names configs'
    said = match.groupdict()
    said['batch'] = int(said['batch'])
    thousand = 1000 if said['unit'] == 'k' else 1
    said['length'] = int(said['length']) * thousand
    return said


def optimizer_of(name):
    """Settings of every trainable parameter, by its name."""
    model = build(name)
    wrapper = build_optim_wrapper(model, deepcopy(parse(name).optim_wrapper))
    names = {id(p): n for n, p in model.named_parameters()}
    groups = {
        names[id(p)]: group
        for group in wrapper.optimizer.param_groups
        for p in group['params']
    }
    return wrapper.optimizer, groups


def norms_of(module, kind=_BatchNorm):
    return {n: m for n, m in module.named_modules() if isinstance(m, kind)}


def leaves(node):
    """Every value of a config."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from leaves(item)
    else:
        yield node


every_config = pytest.mark.parametrize('name', FILES)
every_detector = pytest.mark.parametrize('name', MMDET)
every_segmentor = pytest.mark.parametrize('name', MMSEG)
every_pose = pytest.mark.parametrize('name', MMPOSE)


def test_every_run_of_the_paper_has_a_config():
    assert FILES == [
        'mmdet/mask-rcnn_r50-c4_8xb2-ms-poly-180k_coco.py',
        'mmdet/mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco.py',
        'mmdet/mask-rcnn_r50-w2_fpn_8xb2-ms-poly-180k_coco.py',
        'mmdet/mask-rcnn_r50-w4_fpn_8xb2-ms-poly-180k_coco.py',
        CITYSCAPES,
        'mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-12k_coco.py',
        'mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-180k_coco.py',
        'mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py',
        'mmdet/mask-rcnn_swin-tiny_fpn_8xb2-ms-poly-90k_coco.py',
        'mmdet/retinanet_r50_fpn_8xb2-ms-180k_coco.py',
        'mmdet/retinanet_r50_fpn_8xb2-ms-90k_coco.py',
        'mmpose/td-hm_res50_8xb64-210e_ap10k-256x256.py',
        'mmpose/td-hm_res50_8xb64-210e_coco-256x192.py',
        'mmpose/td-hm_res50_8xb64-lr5e-4-210e_ap10k-256x256.py',
        'mmpose/td-hm_res50_8xb64-lr5e-4-210e_coco-256x192.py',
        'mmseg/upernet_r50_8xb2-40k_cityscapes-512x1024.py',
        'mmseg/upernet_r50_8xb2-80k_cityscapes-512x1024.py',
        'mmseg/upernet_swin-tiny_8xb2-80k_cityscapes-512x1024.py',
    ]


# What holds for every library.


@every_config
def test_is_what_its_name_says(name):
    said, cfg, model = read(name), parse(name), build(name)
    assert cfg.default_scope == name.split('/')[0]
    assert type(model).__name__ == MODELS_OF_NAMES[said['model']]
    assert cfg.train_dataloader.batch_size == said['batch']
    by_epoch = said['unit'] == 'e'
    lengths = dict(max_epochs=said['length'])
    if not by_epoch:
        lengths = dict(max_iters=said['length'])
    unit = 'Epoch' if by_epoch else 'Iter'
    assert cfg.train_cfg.type == f'Resumable{unit}BasedTrainLoop'
    assert cfg.default_hooks.resume.type == 'ResumeHook'
    assert {k: cfg.train_cfg.get(k) for k in lengths} == lengths
    assert not {'max_epochs', 'max_iters'} - set(lengths) & set(cfg.train_cfg)
    assert cfg.param_scheduler[-1].end == said['length']
    assert cfg.log_processor.by_epoch == by_epoch
    assert cfg.default_hooks.checkpoint.get('by_epoch', True) == by_epoch
    if said['lr']:
        assert optimizer_of(name)[0].defaults['lr'] == float(said['lr'])


@every_config
def test_sync_bn_is_in_the_right_layers(name):
    expected = SYNC_BN[re.split('_8xb', Path(name).name)[0]]
    assert len(norms_of(build(name), nn.SyncBatchNorm)) == expected


@every_config
def test_trains_every_layer(name):
    model = build(name)
    assert [n for n, p in model.named_parameters() if not p.requires_grad] == (
        []
    )
    assert [n for n, m in norms_of(model).items() if not m.training] == []
    _, groups = optimizer_of(name)
    assert set(groups) == {n for n, _ in model.named_parameters()}
    assert all(group['lr'] > 0 for group in groups.values())


@every_config
def test_downloads_and_loads_nothing(name):
    cfg = parse(name)
    urls = [x for x in leaves(cfg.to_dict()) if '://' in str(x)]
    assert urls == []
    assert cfg.load_from is None and not cfg.resume
    assert not cfg.get('pretrained') and not cfg.model.get('pretrained')
    for module in build(name).modules():
        init_cfg = getattr(module, 'init_cfg', None) or {}
        for init in [init_cfg] if isinstance(init_cfg, dict) else init_cfg:
            assert init.get('type') != 'Pretrained'


@every_config
def test_scales_no_rate(name):
    said, cfg = read(name), parse(name)
    scaling = cfg.get('auto_scale_lr', {})
    assert not scaling.get('enable', False)
    assert scaling.get('base_batch_size') == (
        None if name in MMSEG else 8 * said['batch']
    )


@every_config
def test_images_are_normalised_as_in_pretraining(name):
    cfg = parse(name)
    init_default_scope(cfg.default_scope)
    preprocessor = MODELS.build(deepcopy(cfg.model.data_preprocessor))
    to_rgb = ('_channel_conversion', 'channel_conversion')  # all read BGR
    assert any(getattr(preprocessor, key, False) for key in to_rgb)
    figures = torch.tensor(
        [[123.675, 116.28, 103.53], [58.395, 57.12, 57.375]]
    )
    assert torch.equal(
        torch.stack([preprocessor.mean, preprocessor.std]).flatten(1), figures
    )


@every_config
def test_reads_its_data(name):
    said = read(name)
    train, test = dataset(name, 'train'), dataset(name, 'test')
    for built in (train, test):
        assert f'data/{said["data"]}/' in built.data_root
    assert not train.test_mode


# Weights of mmpretrain.


@pytest.mark.parametrize('name', RESNET)
def test_a_resnet_has_the_tensors_of_a_checkpoint(name):
    model = build(name)
    tensors = shapes(model.backbone)
    if name in C4:
        tensors.update(shapes(model.roi_head.shared_head))
        extra = {n for n in tensors if n.startswith('norm.')}
        assert len(extra) == 5
        tensors = {n: x for n, x in tensors.items() if n not in extra}
    expected = pretrained(resnet(name))
    assert len(expected) == 318
    assert tensors == expected


def resnet(name):
    """The backbone of the pretraining, as wide as the file's name says."""
    wide = re.search(r'-w(\d)', name)
    width = 64 * int(wide[1]) if wide else 64
    return (
        *(('type', 'ResNet'), ('depth', 50)),
        *(('stem_channels', width), ('base_channels', width)),
    )


@pytest.mark.parametrize('name', RESNET)
def test_a_resnet_strides_in_the_3x3_convolution(name):
    """Caffe's strides would load the same tensors, without a warning."""
    model = build(name)
    layers = [getattr(model.backbone, f'layer{i}', None) for i in range(2, 5)]
    if name in C4:
        layers[2] = model.roi_head.shared_head.layer4
    for layer in layers:
        assert layer[0].conv1.stride == (1, 1)
        assert layer[0].conv2.stride == (2, 2)


@pytest.mark.parametrize('name', SWIN)
def test_a_swin_has_the_tensors_of_a_checkpoint(name):
    """And a norm layer for each of the finer maps that the neck reads."""
    tensors = shapes(build(name).backbone)
    for level in range(3):
        for kind in ('weight', 'bias'):
            del tensors[f'norm{level}.{kind}']
    expected = pretrained((('type', 'SwinTransformer'), ('arch', 'tiny')))
    assert tensors == expected


@every_config
def test_a_checkpoint_is_one_setting(name):
    """Whether it is set by a program or on the command line."""
    keys = ['model.backbone.init_cfg']
    if name in C4:
        keys.append('model.roi_head.shared_head.init_cfg')
    init_cfg = dict(type='Pretrained', checkpoint='x.pth', prefix='backbone.')
    by_program, by_hand = deepcopy(parse(name)), deepcopy(parse(name))
    by_program.merge_from_dict({key: dict(init_cfg) for key in keys})
    by_hand.merge_from_dict(
        {
            f'{key}.{part}': DictAction._parse_iterable(value)
            for key in keys
            for part, value in init_cfg.items()
        }
    )
    for cfg in (by_program, by_hand):
        assert cfg.model.backbone.init_cfg == init_cfg
        if name in C4:
            assert cfg.model.roi_head.shared_head.init_cfg == init_cfg


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """Random weights of a ResNet-50 as pretraining saves them."""
    random = {
        f'backbone.{name}': torch.rand(shape)
        for name, shape in pretrained(
            (('type', 'ResNet'), ('depth', 50))
        ).items()
    }
    path = tmp_path_factory.mktemp('checkpoint') / 'resnet50.pth'
    torch.save(dict(state_dict=random), path)
    return path, random


@pytest.mark.parametrize('name', [C4[0], CITYSCAPES, MMSEG[0], MMPOSE[0]])
def test_a_checkpoint_arrives(name, checkpoint):
    path, weights = checkpoint
    cfg = parse(name)
    init_default_scope(cfg.default_scope)
    parts = [deepcopy(cfg.model.backbone)]
    if name in C4:
        parts.append(deepcopy(cfg.model.roi_head.shared_head))
    loaded = {}
    for part in parts:
        part.init_cfg = dict(
            type='Pretrained', checkpoint=str(path), prefix='backbone.'
        )
        built = MODELS.build(part)
        built.init_weights()
        loaded.update(built.state_dict())
    for key, weight in weights.items():
        assert torch.equal(
            loaded[key[len('backbone.') :]].float(), weight
        ) or (key.endswith('num_batches_tracked')), key


# Detectors: the authors used detectron2.


@every_detector
def test_a_detector_trains_with_the_authors_rates(name):
    said, cfg = read(name), parse(name)
    assert 8 * said['batch'] == BATCHES[said['data']]
    optimizer, groups = optimizer_of(name)
    if name in SWIN:  # mmdet's
        assert type(optimizer).__name__ == 'AdamW'
        rate, decay = 1e-4, 0.05
        assert optimizer.defaults['betas'] == (0.9, 0.999)
    else:
        assert type(optimizer).__name__ == 'SGD'
        small = said['model'] == 'retinanet' or said['data'] == 'cityscapes'
        rate, decay = 0.01 if small else 0.02, 1e-4
        assert optimizer.defaults['momentum'] == 0.9
    norms = norms_of(build(name), (_BatchNorm, nn.LayerNorm))
    undecayed = {f'{n}.{kind}' for n in norms for kind in ('weight', 'bias')}
    undecayed |= {n for n in groups if n.endswith('position_bias_table')}
    for parameter, group in groups.items():
        expected = 0 if parameter in undecayed else decay
        assert group['lr'] == rate, parameter
        assert group['weight_decay'] == expected, parameter
    assert not cfg.optim_wrapper.get('clip_grad')


@every_detector
def test_a_detector_follows_the_authors_schedule(name):
    cfg, length = parse(name), read(name)['length']
    warmup, steps = cfg.param_scheduler
    assert (warmup.type, steps.type) == ('LinearLR', 'MultiStepLR')
    assert (warmup.start_factor, warmup.begin, warmup.end) == (0.001, 0, 1000)
    assert (steps.begin, steps.end, steps.gamma) == (0, length, 0.1)
    assert list(steps.milestones) == STEPS[length]
    assert not warmup.by_epoch and not steps.by_epoch
    assert cfg.train_cfg.val_interval == length  # at the end alone
    assert cfg.get('max_iter') == length
    sampler = cfg.train_dataloader.sampler
    assert (sampler.type, sampler.shuffle) == ('InfiniteSampler', True)


@every_detector
def test_a_detector_sees_the_authors_sizes(name):
    train, test = transforms(name), transforms(name, 'test')
    shorts, longest = range(640, 801, 32), 1333
    if name == CITYSCAPES:
        shorts, longest = range(800, 1025, 32), 2048
    train_longest = 1200 if name in C4 else longest
    resize = train['RandomChoiceResize']
    assert resize.scales == [(train_longest, short) for short in shorts]
    assert resize.resize.keep_ratio and test['Resize'].keep_ratio
    assert tuple(test['Resize'].scale) == (longest, shorts[-1])
    assert train['RandomFlip'].prob == 0.5
    masks = 'mask' in read(name)['model']
    for transform in (train, test):
        assert transform['LoadAnnotations'].with_mask == masks
    assert list(train) == [
        *('LoadImageFromFile', 'LoadAnnotations', 'RandomChoiceResize'),
        *('RandomFlip', 'PackDetInputs'),
    ]


@every_detector
def test_masks_are_polygons_where_the_annotations_are(name):
    """mmdet's polygon loading ignores run lengths, which Cityscapes has."""
    if 'mask' in read(name)['model']:
        bitmaps = transforms(name)['LoadAnnotations'].poly2mask
        assert bitmaps == (name == CITYSCAPES)


@every_detector
def test_precise_statistics_are_measured(name):
    (hook,) = (HOOKS.build(dict(h)) for h in parse(name).custom_hooks)
    assert type(hook).__name__ == 'PreciseBatchNormHook'
    assert hook.num_iters == 200


@every_detector
def test_heads_have_no_norm(name):
    model = build(name)
    heads = [getattr(model, head, None) for head in ('rpn_head', 'bbox_head')]
    if hasattr(model, 'roi_head'):
        heads += [model.roi_head.bbox_head, model.roi_head.mask_head]
        box_head = type(heads[-2]).__name__
        assert box_head == ('BBoxHead' if name in C4 else 'Shared2FCBBoxHead')
    for head in filter(None, heads):
        assert norms_of(head) == {}


@every_detector
def test_losses_are_detectron2s(name):
    model = build(name)
    if hasattr(model, 'roi_head'):
        heads = [model.rpn_head, model.roi_head.bbox_head]
        for head in heads:
            assert type(head.loss_bbox).__name__ == 'L1Loss'
            assert head.loss_bbox.loss_weight == 1
    else:
        loss = model.bbox_head.loss_bbox
        assert (type(loss).__name__, loss.beta) == ('SmoothL1Loss', 0.1)


@every_detector
def test_evaluates_on_the_classes_of_its_data(name):
    said, model, cfg = read(name), build(name), parse(name)
    classes = dict(coco=80, cityscapes=8)[said['data']]
    heads = [model.bbox_head] if said['model'] == 'retinanet' else []
    if not heads:
        heads = [model.roi_head.bbox_head, model.roi_head.mask_head]
    assert {head.num_classes for head in heads} == {classes}
    assert len(dataset(name, 'train').metainfo['classes']) == classes
    evaluators = cfg.test_evaluator
    if name == CITYSCAPES:
        assert [e.type for e in evaluators] == [
            'CocoMetric',
            'CityScapesMetric',
        ]
    else:
        metrics = ['bbox', 'segm'] if 'mask' in said['model'] else 'bbox'
        assert evaluators.metric == metrics


def test_c4_is_moco_detector():
    model = build(C4[0])
    head = model.roi_head.shared_head
    assert type(head).__name__ == 'ResLayerExtraNorm'
    assert isinstance(head.norm, nn.SyncBatchNorm)
    assert head.norm.num_features == 2048 and not head.norm_eval
    assert model.backbone.out_indices == (2,) and not model.with_neck
    assert model.roi_head.share_roi_extractor
    assert model.train_cfg.rpn.allowed_border == -1
    assert len(norms_of(model.backbone)) == 43


def test_a_config_of_2x_differs_by_its_length_alone():
    for name in MMDET:
        if '-w' not in name and ('-180k' in name or '-12k' in name):
            short = re.sub('-(180|12)k', '-90k', name)
            ours, theirs = (
                deepcopy(parse(n)).to_dict() for n in (name, short)
            )
            for cfg in (ours, theirs):
                del cfg['max_iter'], cfg['train_cfg'], cfg['param_scheduler']
            assert ours == theirs


@pytest.mark.parametrize('times', [2, 4])
def test_a_wide_model_differs_by_its_width_alone(times):
    wide, narrow = (
        parse(
            f'mmdet/mask-rcnn_r50{x}_fpn_8xb2-ms-poly-180k_coco.py'
        ).to_dict()
        for x in (f'-w{times}', '')
    )
    assert wide['model']['neck'].pop('in_channels') == [
        times * channels
        for channels in narrow['model']['neck'].pop('in_channels')
    ]
    for key in ('stem_channels', 'base_channels'):
        assert wide['model']['backbone'].pop(key) == 64 * times
    assert wide == narrow


def test_an_epoch_of_cityscapes_is_not_repeated():
    assert type(dataset(CITYSCAPES, 'train')).__name__ == 'CityscapesDataset'


def test_retinanets_extra_levels_are_detectron2s():
    neck = build('mmdet/retinanet_r50_fpn_8xb2-ms-90k_coco.py').neck
    assert neck.add_extra_convs == 'on_input'
    assert neck.relu_before_extra_convs
    assert [conv.with_norm for conv in neck.fpn_convs] == [
        *(True, True, True),
        *(False, False),
    ]
    for conv, channels in zip(neck.fpn_convs[3:], (2048, 256)):
        assert conv.conv.in_channels == channels
        assert conv.conv.bias is not None and not conv.with_activation


def test_the_fpn_without_norm_is_mmdets():
    from mmdet.models.necks import FPN

    from regioncl_mm.models.downstream import FPNPlainExtraConvs

    settings = dict(
        in_channels=[4, 8],
        out_channels=4,
        num_outs=4,
        add_extra_convs='on_input',
        relu_before_extra_convs=True,
    )
    theirs, ours = FPN(**settings), FPNPlainExtraConvs(**settings)
    ours.load_state_dict(theirs.state_dict())
    maps = torch.rand(1, 4, 16, 16), torch.rand(1, 8, 8, 8)
    for a, b in zip(theirs(maps), ours(maps)):
        assert torch.equal(a, b)


# Segmentation: the authors used mmseg.


@every_segmentor
def test_a_segmentor_trains_as_in_mmseg(name):
    cfg, length = parse(name), read(name)['length']
    optimizer, groups = optimizer_of(name)
    poly = cfg.param_scheduler[-1]
    assert poly.type == 'PolyLR' and not poly.by_epoch
    if name in SWIN:
        warmup, _ = cfg.param_scheduler
        assert type(optimizer).__name__ == 'AdamW'
        assert optimizer.defaults['lr'] == 6e-5
        assert optimizer.defaults['weight_decay'] == 0.01
        assert (warmup.start_factor, warmup.end) == (1e-6, 1500)
        assert (poly.power, poly.eta_min, poly.begin) == (1, 0, 1500)
        for parameter, group in groups.items():
            kept = 'norm' in parameter or 'bias_table' in parameter
            assert group['weight_decay'] == (0 if kept else 0.01), parameter
        return
    assert type(optimizer).__name__ == 'SGD' and len(cfg.param_scheduler) == 1
    assert (poly.power, poly.eta_min, poly.begin) == (0.9, 1e-4, 0)
    assert poly.end == length
    for parameter, group in groups.items():
        settings = [group[k] for k in ('lr', 'momentum', 'weight_decay')]
        assert settings == [0.01, 0.9, 5e-4], parameter


@every_segmentor
def test_a_segmentor_sees_the_crops_of_its_name(name):
    train = transforms(name)
    assert tuple(train['RandomCrop'].crop_size) == (512, 1024)
    assert read(name)['size'] == '512x1024'
    assert tuple(parse(name).model.data_preprocessor.size) == (512, 1024)
    assert tuple(transforms(name, 'test')['Resize'].scale) == (2048, 1024)
    assert build(name).num_classes == 19
    assert parse(name).test_evaluator.iou_metrics == ['mIoU']


# Pose estimation: the authors used mmpose.


@every_pose
def test_a_pose_estimator_trains_as_in_the_paper(name):
    said, cfg = read(name), parse(name)
    optimizer, groups = optimizer_of(name)
    assert type(optimizer).__name__ == 'Adam'
    rate = 5e-4 if said['lr'] else 1e-4
    assert {group['lr'] for group in groups.values()} == {rate}
    warmup, steps = cfg.param_scheduler
    assert (warmup.type, warmup.end, warmup.by_epoch) == (
        'LinearLR',
        500,
        False,
    )
    assert (steps.type, steps.by_epoch) == ('MultiStepLR', True)
    assert (steps.milestones, steps.gamma) == ([170, 200], 0.1)
    assert (said['batch'], said['length']) == (64, 210)


@every_pose
def test_a_pose_estimator_sees_the_images_of_its_name(name):
    said = read(name)
    height, width = map(int, said['size'].split('x'))
    train, test = transforms(name), transforms(name, 'test')
    for transform in (train, test):
        assert tuple(transform['TopdownAffine'].input_size) == (width, height)
    assert dataset(name, 'train').metainfo['num_keypoints'] == 17
    ann_files = [dataset(name, split).ann_file for split in ('train', 'test')]
    expected = dict(
        coco=['person_keypoints_train2017', 'person_keypoints_val2017'],
        ap10k=['ap10k-train-split1', 'ap10k-test-split1'],
    )[said['data']]
    assert [Path(path).stem for path in ann_files] == expected
    assert parse(name).test_evaluator.type == 'CocoMetric'


def test_the_other_rate_is_all_that_differs():
    for name in MMPOSE:
        if '-lr' in name:
            ours, theirs = (
                parse(n).to_dict() for n in (name, name.replace('-lr5e-4', ''))
            )
            assert ours.pop('optim_wrapper') != theirs.pop('optim_wrapper')
            assert ours == theirs
