"""Every config builds and runs what its file name promises.

Models are built on the meta device: without storage the widest costs no more
than the others.
"""

import math
import re
from copy import deepcopy
from functools import lru_cache, partial
from pathlib import Path

import mmpretrain
import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import HOOKS, MODELS, PARAM_SCHEDULERS
from torch import nn

from regioncl_mm.methods import METHODS

CONFIGS = Path(__file__).parents[1] / 'configs'
MMPRETRAIN = Path(mmpretrain.__file__).parent / '.mim' / 'configs'
FILES = sorted(
    path.relative_to(CONFIGS).as_posix()
    # Not below quickstart/: what is there is other than pretraining pairs.
    for pattern in ('regioncl/**/*.py', 'quickstart/*.py')
    for path in CONFIGS.glob(pattern)
)
CLASSES = {row.stem: row.algorithm for row in METHODS}
BASELINES = {row.base_stem: row.stem for row in METHODS}
NAME = re.compile(
    rf'(?P<method>{"|".join([*CLASSES, *BASELINES])})(?P<variant>-[a-z0-9-]+)?'
    r'_(?P<backbone>[\w-]+?)_(?P<gpus>\d+)xb(?P<batch>\d+)(?P<step>-amp|-fast)?'
    r'-coslr-(?P<epochs>\d+)e_(?P<data>in1k|fashion-mnist)\.py'
)
# By method, images a step and epochs.
LEARNING_RATES = {
    **{('regioncl-m', 1024, e): 0.15 for e in (100, 200, 400, 800)},  # A.7
    ('regioncl-m', 256, 200): 0.03,  # Table 15
    ('regioncl-d', 1024, 200): 0.15,  # A.7
    ('regioncl-s', 512, 100): 0.1,  # A.7
    ('regioncl-m3', 4096, 100): 0.6 * 4096 / 256,  # MoCo v3, ResNet
    ('regioncl-m3', 4096, 1000): 0.3 * 4096 / 256,
    ('regioncl-m3', 4096, 300): 1.5e-4 * 4096 / 256,  # MoCo v3, ViT
    ('regioncl-moby', 512, 100): 1e-3,  # MoBY
    ('regioncl-moby', 512, 300): 1e-3,
    # mmpretrain's
    ('regioncl-byol', 4096, 200): 4.8,
    ('regioncl-simclr', 4096, 200): 4.8,
    ('regioncl-barlow', 2048, 300): 1.6,
}
WRAPPERS = {
    None: 'OptimWrapper',
    '-amp': 'AmpOptimWrapper',
    '-fast': 'BFloat16OptimWrapper',
}
WARMUP_EPOCHS = {
    ('regioncl-m3', 'resnet50'): 10,
    ('regioncl-m3', 'vit-small-p16'): 40,
    ('regioncl-moby', 'swin-tiny'): 5,
    ('regioncl-byol', 'resnet50'): 10,
    ('regioncl-simclr', 'resnet50'): 10,
    ('regioncl-barlow', 'resnet50'): 10,
}
LAST_RATES = {'regioncl-moby': 5e-6, 'regioncl-barlow': 1.6e-3}
# What a variant changes in the model of the same name without it.
VARIANTS = {
    'symmetric': {'symmetric': True},  # Table 2, "*"
    'cells-1-5': {'region_branch': dict(min_cells=1, max_cells=5)},  # Table 9
    'cells-2-5': {'region_branch': dict(min_cells=2, max_cells=5)},
    'cells-4-5': {'region_branch': dict(min_cells=4, max_cells=5)},
    'cells-3-4': {'region_branch': dict(min_cells=3, max_cells=4)},
    'cells-3-6': {'region_branch': dict(min_cells=3, max_cells=6)},
    'canvas-only': {  # Table 10: paste, canvas, negatives
        'region_head': dict(
            use_paste=False, use_canvas=True, use_intra_negative=False
        )
    },
    'paste-only': {
        'region_head': dict(
            use_paste=True, use_canvas=False, use_intra_negative=False
        )
    },
    'no-intra-negative': {
        'region_head': dict(
            use_paste=True, use_canvas=True, use_intra_negative=False
        )
    },
    'no-swap': {'region_branch': dict(swap=False)},  # Table 14
}


@lru_cache(maxsize=None)
def parse(name):
    """A config, shared by the tests: not to be changed."""
    return Config.fromfile(CONFIGS / name)


@lru_cache(maxsize=None)
def build(name):
    """A config's model on the meta device."""
    with pytest.MonkeyPatch.context() as patch, torch.device('meta'):
        # Transformers read their drop path rates off a `linspace`.
        patch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
        return MODELS.build(deepcopy(parse(name).model))


@lru_cache(maxsize=None)
def read(name):
    """What a file name says, a baseline's `regioncl` being its counterpart."""
    match = NAME.fullmatch(Path(name).name)
    assert match, f'{name} is not named as mmpretrain names its configs'
    said = match.groupdict()
    said['regioncl'] = BASELINES.get(said['method'], said['method'])
    said['variant'] = (said['variant'] or '')[1:]
    for number in ('gpus', 'batch', 'epochs'):
        said[number] = int(said[number])
    return said


def in1k(name):
    return f'regioncl/{name}_in1k.py'


def is_baseline(name):
    return Path(name).name.split('_')[0].split('-')[0] in BASELINES


every_config = pytest.mark.parametrize('name', FILES)
every_imagenet_config = pytest.mark.parametrize(
    'name', [name for name in FILES if name.endswith('_in1k.py')]
)
every_regioncl_config = pytest.mark.parametrize(
    'name', [name for name in FILES if not is_baseline(name)]
)
every_baseline = pytest.mark.parametrize('name', filter(is_baseline, FILES))


def test_there_are_configs():
    assert len(FILES) >= 61


@every_config
def test_runs_the_batch_of_its_name(name):
    said, cfg = read(name), parse(name)
    assert cfg.train_dataloader.batch_size == said['batch']
    assert cfg.train_dataloader.drop_last
    assert cfg.auto_scale_lr.base_batch_size == said['gpus'] * said['batch']
    assert not cfg.auto_scale_lr.enable
    assert cfg.optim_wrapper.type == WRAPPERS[said['step']]


@every_config
def test_runs_the_epochs_of_its_name(name):
    said, cfg = read(name), parse(name)
    assert cfg.train_cfg.max_epochs == said['epochs']
    schedulers = {x.type: x for x in cfg.param_scheduler}
    assert len(schedulers) == len(cfg.param_scheduler)
    assert all(scheduler.by_epoch for scheduler in cfg.param_scheduler)
    cosine = schedulers.pop('CosineAnnealingLR')
    assert cosine.end == said['epochs']
    assert cosine.T_max == cosine.end - cosine.begin
    for warmup in schedulers.values():
        assert warmup.type == 'LinearLR' and warmup.begin == 0
        # On ImageNet one follows the other, the quickstart and MoBY multiply
        # them.
        quickstart = said['data'] == 'fashion-mnist'
        spans = quickstart or said['regioncl'] == 'regioncl-moby'
        assert cosine.begin == (0 if spans else warmup.end)
        assert warmup.end == 1 or not quickstart


@every_imagenet_config
def test_runs_the_rates_of_its_recipe(name):
    said, cfg = read(name), parse(name)
    method, total = said['regioncl'], said['gpus'] * said['batch']
    assert cfg.optim_wrapper.optimizer.lr == pytest.approx(
        LEARNING_RATES[method, total, said['epochs']]
    )
    cosine = cfg.param_scheduler[-1]
    warmup_epochs = WARMUP_EPOCHS.get((method, said['backbone']), 0)
    ends = [x.end for x in cfg.param_scheduler[:-1]]
    assert ends == ([warmup_epochs] if warmup_epochs else [])
    assert cosine.get('eta_min', 0) == LAST_RATES.get(method, 0)


@every_imagenet_config
def test_reads_imagenet(name):
    """Training and memory of the online kNN share the training images."""
    cfg = parse(name)
    knn = cfg.custom_hooks[2]
    loaders = cfg.train_dataloader, knn.memory_dataloader, knn.query_dataloader
    assert [loader.dataset.split for loader in loaders] == [
        *('train', 'train', 'val')
    ]
    for loader in loaders:
        assert loader.dataset.type == 'ImageNet'
        load = loader.dataset.pipeline[0]
        assert load == dict(type='LoadImageOrReport', on_unreadable='stop')


@every_config
def test_builds_the_method_of_its_name(name):
    model = build(name)
    assert type(model).__name__ == CLASSES[read(name)['regioncl']]
    assert (model.region_branch is None) == is_baseline(name)


@every_config
def test_builds_its_hooks(name):
    hooks = deepcopy(parse(name).custom_hooks)
    for hook in hooks:
        hook.pop('priority', None)  # read by the runner
        HOOKS.build(hook)
    further = {'regioncl-d': ['DenseCLHook'], 'regioncl-s': ['SimSiamHook']}
    fast = read(name)['step'] == '-fast'
    channels_last = fast or name.startswith('quickstart/')
    assert sorted(hook.type for hook in hooks) == sorted(
        [
            'CheckInputsHook',
            'RegionDiagnosticsHook',
            'KNNHook',
            *further.get(read(name)['regioncl'], []),
            *['ChannelsLastHook'] * channels_last,
            *['CompileBackboneHook'] * fast,
        ]
    )


@every_regioncl_config
def test_cells_are_those_of_the_backbone(name):
    """The branch refuses a feature map that has another grid than its own."""
    model = build(name).eval()
    shape = (3, 224, 224) if name.endswith('_in1k.py') else (1, 28, 28)
    images = torch.empty(2, *shape, device='meta')
    views = model.region_branch.encode(images, model.backbone)
    assert views.canvas.shape == views.paste.shape
    assert model.neck((views.canvas,))[0].dim() == 2


@every_regioncl_config
def test_regions_are_96_to_160_of_224_pixels(name):
    """3 to 5 cells of 32 pixels (section 4.5), or as many finer ones."""
    branch = parse(name).model.region_branch
    size = 224 if name.endswith('_in1k.py') else 28
    cells = [3, 5]
    if read(name)['variant'].startswith('cells'):
        cells = [int(n) for n in read(name)['variant'].split('-')[1:]]
    sides = [branch.min_cells, branch.max_cells]
    assert [side * branch.stride for side in sides] == [
        cell * size // 7 for cell in cells
    ]


def regioncl_of(baseline):
    folder, file = baseline.rsplit('/', 1)
    said = read(baseline)
    return f'{folder}/{said["regioncl"]}{file[len(said["method"]) :]}'


def test_every_config_has_a_baseline_but_ablations():
    assert {regioncl_of(name) for name in FILES if is_baseline(name)} == {
        name
        for name in FILES
        if not is_baseline(name)
        and 'ablations/' not in name
        and read(name)['step'] != '-fast'
    }


def test_a_fast_config_differs_by_its_step_alone():
    (name,) = (name for name in FILES if read(name)['step'] == '-fast')
    fast, plain = parse(name), parse(name.replace('-fast', ''))
    of_the_step = (
        *('optim_wrapper', 'custom_hooks', 'data_preprocessor'),
        *('train_dataloader', 'train_pipeline'),
    )
    for key in {*fast, *plain} - {*of_the_step}:
        assert fast[key] == plain[key], key
    optimizer = dict(plain.optim_wrapper.optimizer, type='FusedSGD')
    assert fast.optim_wrapper.optimizer == optimizer
    assert fast.custom_hooks[:3] == plain.custom_hooks
    assert fast.data_preprocessor.type == 'AugmentingDataPreprocessor'
    views = fast.train_dataloader.dataset.pipeline[1]
    assert views.pop('on_device') and views.type == 'FastMultiView'
    assert views.transforms == augmentation_of(plain)
    assert fast.train_dataloader.batch_size == 128


@every_baseline
def test_a_baseline_differs_by_its_regions_alone(name):
    ours = parse(regioncl_of(name)).to_dict()
    theirs = parse(name).to_dict()
    assert theirs['model'].pop('region_branch') is None
    assert ours['model'].pop('region_branch')
    assert ours == theirs


@pytest.mark.parametrize('variant', VARIANTS)
def test_a_variant_differs_by_its_name_alone(variant):
    (name,) = (
        name
        for name in FILES
        if read(name)['variant'] == variant and not is_baseline(name)
    )
    plain = Path(name).name.replace(f'-{variant}_', '_')
    expected = deepcopy(parse(f'regioncl/{plain}'))
    expected.merge_from_dict({'model': VARIANTS[variant]})
    assert parse(name).to_dict() == expected.to_dict()
    assert ('ablations/' in name) == (variant != 'symmetric')


def test_every_variant_is_known():
    assert {read(name)['variant'] for name in FILES} == {'', *VARIANTS}


def augmentation_of(cfg):
    return cfg.train_dataloader.dataset.pipeline[1].transforms


@pytest.mark.parametrize(
    ('ours', 'theirs', 'parts'),
    [
        # A.5: the same but for batch and learning rate; here with both theirs
        (
            'mocov2_resnet50_8xb32-coslr-200e',
            'mocov2/mocov2_resnet50_8xb32-coslr-200e_in1k.py',
            ('optim_wrapper', 'param_scheduler'),
        ),
        (
            'densecl_resnet50_8xb128-coslr-200e',
            'densecl/densecl_resnet50_8xb32-coslr-200e_in1k.py',
            ('param_scheduler',),
        ),
        (
            'simsiam_resnet50_8xb64-coslr-100e',
            'simsiam/simsiam_resnet50_8xb32-coslr-100e_in1k.py',
            ('param_scheduler',),
        ),
        (
            'mocov3_resnet50_8xb512-amp-coslr-100e',
            'mocov3/mocov3_resnet50_8xb512-amp-coslr-100e_in1k.py',
            ('optim_wrapper', 'param_scheduler'),
        ),
        # it has no 1000 epochs, but says that they are trained as 800
        (
            'mocov3_resnet50_8xb512-amp-coslr-1000e',
            'mocov3/mocov3_resnet50_8xb512-amp-coslr-800e_in1k.py',
            ('optim_wrapper',),
        ),
        (
            'mocov3_vit-small-p16_16xb256-amp-coslr-300e',
            'mocov3/mocov3_vit-small-p16_16xb256-amp-coslr-300e_in1k.py',
            ('optim_wrapper', 'param_scheduler'),
        ),
        (
            'byol_resnet50_16xb256-coslr-200e',
            'byol/byol_resnet50_16xb256-coslr-200e_in1k.py',
            ('optim_wrapper', 'param_scheduler', 'train_cfg'),
        ),
        (
            'simclr_resnet50_16xb256-coslr-200e',
            'simclr/simclr_resnet50_16xb256-coslr-200e_in1k.py',
            ('optim_wrapper', 'param_scheduler', 'train_cfg'),
        ),
        (
            'barlowtwins_resnet50_8xb256-coslr-300e',
            'barlowtwins/barlowtwins_resnet50_8xb256-coslr-300e_in1k.py',
            ('optim_wrapper', 'param_scheduler', 'train_cfg'),
        ),
    ],
)
def test_a_baseline_is_mmpretrains(ours, theirs, parts):
    ours = parse(in1k(ours))
    theirs = Config.fromfile(MMPRETRAIN / theirs)
    added = ('type', 'region_branch', 'region_head', 'symmetric')
    model = {k: v for k, v in ours.model.items() if k not in added}
    assert {'type': theirs.model.type, **model} == theirs.model
    loop = theirs.train_cfg
    loop.type = f'Resumable{loop.type}'  # goes on exactly, else the same
    optimizer = theirs.optim_wrapper.optimizer
    if optimizer.type == 'LARS':
        optimizer.type = 'ForeachLARS'  # waits for no device, else the same
    for part in parts:
        assert ours[part] == theirs[part]
    assert augmentation_of(ours) == augmentation_of(theirs)


@pytest.mark.parametrize(
    'name',
    [
        'regioncl-m_resnet50_8xb128-coslr-200e',
        'regioncl-d_resnet50_8xb128-coslr-200e',
        'regioncl-s_resnet50_8xb64-coslr-100e',
    ],
)
def test_augmentation_and_optimizer_are_written_as_in_a7(name):
    cfg = parse(in1k(name))
    ((crop, jitter, gray, blur, flip),) = augmentation_of(cfg)
    assert (crop.scale, tuple(crop.crop_ratio_range)) == (224, (0.2, 1.0))
    assert jitter.prob == 0.8
    assert (gray.prob, blur.prob, flip.prob) == (0.2, 0.5, 0.5)
    optimizer = cfg.optim_wrapper.optimizer
    assert optimizer.type == 'SGD'
    assert (optimizer.momentum, optimizer.weight_decay) == (0.9, 1e-4)


def sizes(module):
    """Inputs and outputs of the linear layers and 1x1 convolutions."""
    return [
        tuple(layer.weight.shape[:2][::-1])
        for layer in module.modules()
        if isinstance(layer, nn.Linear)
        or (isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1))
    ]


def test_regioncl_m_and_d_are_written_as_in_a7():
    m = build(in1k('regioncl-m_resnet50_8xb128-coslr-200e'))
    d = build(in1k('regioncl-d_resnet50_8xb128-coslr-200e'))
    projector = [(2048, 2048), (2048, 128)]
    assert (
        sizes(m.neck) == sizes(d.neck.mlp) == sizes(d.neck.mlp2) == projector
    )
    for model in (m, d):
        assert model.queue.shape == (128, 65536)
        assert model.encoder_k.momentum == 0.001
        assert model.head.temperature == model.region_head.temperature == 0.2
    assert d.queue2.shape == (128, 65536)
    assert set(d.loss_weights.values()) == {1.0}
    warmup = parse(in1k('regioncl-d_resnet50_8xb128-coslr-200e')).custom_hooks
    assert warmup[3].start_iters == 1000


def test_regioncl_s_is_written_as_in_a7():
    name = in1k('regioncl-s_resnet50_8xb64-coslr-100e')
    model = build(name)
    assert model.symmetric
    assert sizes(model.neck) == [(2048, 2048)] * 3
    assert sizes(model.head.predictor) == [(2048, 512), (512, 2048)]
    norms = [
        sum(isinstance(m, nn.SyncBatchNorm) for m in mlp.modules())
        for mlp in (model.neck, model.head.predictor)
    ]
    assert norms == [3, 1]


def groups_of(name):
    """Trainable parameters of the optimizer, by name, with their settings."""
    model = build(name)
    wrapper = deepcopy(parse(name).optim_wrapper)
    if wrapper.pop('type') == 'AmpOptimWrapper':
        wrapper.pop('loss_scale')  # of GPUs
    optimizer = build_optim_wrapper(model, wrapper).optimizer
    names = {id(p): n for n, p in model.named_parameters() if p.requires_grad}
    return {
        names[id(p)]: group
        for group in optimizer.param_groups
        for p in group['params']
        if id(p) in names
    }


def test_simsiams_predictor_keeps_its_rate():
    name = in1k('regioncl-s_resnet50_8xb64-coslr-100e')
    groups = groups_of(name)
    fixed = {n for n, group in groups.items() if group.get('fix_lr')}
    assert fixed == {n for n in groups if n.startswith('head.predictor.')}
    hook = parse(name).custom_hooks[3]
    assert (hook.fix_pred_lr, hook.lr) == (True, 0.1)


def test_lars_leaves_norms_and_biases_alone():
    name = in1k('regioncl-m3_resnet50_8xb512-amp-coslr-100e')
    parameters = dict(build(name).named_parameters())
    for parameter, group in groups_of(name).items():
        flat = parameters[parameter].dim() == 1
        assert group.get('lars_exclude', False) == flat, parameter
        assert group['weight_decay'] == (0 if flat else 1e-6), parameter


def test_moby_is_written_as_in_its_public_code():
    name = in1k('regioncl-moby_swin-tiny_8xb64-coslr-300e')
    cfg, model = parse(name), build(name)
    assert model.queue1.shape == model.queue2.shape == (256, 4096)
    assert model.encoder_k.momentum == 0.01
    assert model.head.temperature == model.region_head.temperature == 0.2
    assert sizes(model.neck) == [(768, 4096), (4096, 256)]
    assert sizes(model.head.predictor) == [(256, 4096), (4096, 256)]
    warmup, cosine = cfg.param_scheduler
    optimizer = cfg.optim_wrapper.optimizer
    assert warmup.start_factor * optimizer.lr == pytest.approx(5e-7)
    assert cfg.optim_wrapper.clip_grad.max_norm == 5.0
    for crop, jitter, gray, blur, solarize, flip in augmentation_of(cfg):
        assert tuple(crop.crop_ratio_range) == (0.08, 1.0)
        assert (jitter.prob, gray.prob, flip.prob) == (0.8, 0.2, 0.5)
        assert (blur.prob, solarize.prob) in ((1.0, 0.0), (0.1, 0.2))


def test_mobys_cosine_spans_its_warm_up():
    """In steps, as timm's scheduler has it in MoBY's public code."""
    cfg = parse(in1k('regioncl-moby_swin-tiny_8xb64-coslr-100e'))
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1e-3)
    schedulers = [
        PARAM_SCHEDULERS.build(
            dict(settings, optimizer=optimizer),
            default_args=dict(epoch_length=7),
        )
        for settings in cfg.param_scheduler
    ]
    for step in range(700):
        if step >= 35:
            expected = 5e-6 + (1e-3 - 5e-6) * (
                (1 + math.cos(math.pi * step / 700)) / 2
            )
            rate = optimizer.param_groups[0]['lr']
            assert rate == pytest.approx(expected, rel=1e-4), step
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()


def test_moby_decays_all_but_vectors():
    name = in1k('regioncl-moby_swin-tiny_8xb64-coslr-100e')
    parameters = dict(build(name).named_parameters())
    for parameter, group in groups_of(name).items():
        kept = parameters[parameter].dim() == 1
        assert group['weight_decay'] == (0 if kept else 0.05), parameter


def test_mobys_target_drops_no_path():
    model = build(in1k('regioncl-moby_swin-tiny_8xb64-coslr-300e'))
    online, target = (
        [
            m.drop_prob
            for m in backbone.modules()
            if type(m).__name__ == 'DropPath'
        ]
        for backbone in (model.backbone, model.encoder_k.module[0])
    )
    assert max(online) == pytest.approx(0.2)
    assert max(target, default=0) == 0


@pytest.mark.parametrize(('width', 'millions'), [(2, 94), (4, 375)])
def test_wide_resnets_have_the_parameters_of_their_names(width, millions):
    """SimCLR's counts, without the classifier."""
    model = build(in1k(f'regioncl-m_resnet50-w{width}_8xb128-coslr-200e'))
    count = sum(p.numel() for p in model.backbone.parameters())
    assert count == pytest.approx(millions * 1e6, rel=0.01)
    assert sizes(model.neck) == [(2048 * width, 2048), (2048, 128)]
