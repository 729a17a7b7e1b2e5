"""Every method of tools/pretrain.py with every kind of backbone."""

import copy

import pytest
import torch
from mmpretrain.registry import MODELS

from regioncl_mm import methods
from regioncl_mm.cli.pretrain.backbones import find_backbone
from regioncl_mm.cli.pretrain.choices import rectangle
from regioncl_mm.cli.pretrain.config import optim_wrapper, schedule
from regioncl_mm.cli.pretrain.machine import Machine
from regioncl_mm.cli.pretrain.model import complete_model, make_model
from regioncl_mm.cli.pretrain.numbers import Numbers
from regioncl_mm.cli.pretrain.recipes import (
    CONFIGS,
    RECIPES,
    default_method,
    find_recipe,
    find_row,
)
from regioncl_mm.cli.pretrain.trial import bytes_kept, try_step

SIZE = 64
STEMS = [
    stem
    for row in methods.METHODS
    if row.stem in RECIPES
    for stem in (row.base_stem, row.stem)
]
CPU = Machine(processes=1, cores=2)
GPU = Machine(1, 8, gpu='a GPU', memory=2**34, bfloat16=True)
NUMBERS = Numbers(
    size=SIZE,
    cells=(1, 1),
    batch=16,
    steps=5,
    epochs=20,
    rate=0.01,
    queue=48,
    momentum=0.01,
    seed=0,
)


def small(kind):
    """A backbone of a kind with few channels."""
    if kind == 'resnet':
        found = find_backbone('resnet18', SIZE)
        few = dict(stem_channels=8, base_channels=8)
        return found._replace(config={**found.config, **few}, channels=64)
    if kind == 'swin':
        found = find_backbone('swin-tiny', SIZE)
        arch = dict(embed_dims=16, depths=[1] * 4, num_heads=[1] * 4)
        return found._replace(
            config={**found.config, 'arch': arch}, channels=128
        )
    found = find_backbone('vit-tiny', SIZE)
    arch = dict(
        embed_dims=32, num_layers=2, num_heads=2, feedforward_channels=64
    )
    return found._replace(config={**found.config, 'arch': arch}, channels=32)


def model_of(stem, backbone):
    """The config of a method with small projectors."""
    recipe = find_recipe(stem, backbone)
    cells, *sides = rectangle(SIZE, backbone.stride)
    model = make_model(recipe, backbone, SIZE, sides)
    if recipe.row.stem == 'regioncl-barlow':
        model['neck'].update(hid_channels=32, out_channels=32)
        model['head']['in_channels'] = 32
    return recipe, model


def test_every_recipe_is_a_config_of_a_row():
    assert set(RECIPES) <= {row.stem for row in methods.METHODS}
    for stem, name in RECIPES.items():
        assert name.startswith(f'{stem}_')
        assert (CONFIGS / f'{name}.py').is_file()


@pytest.mark.parametrize('stem', ['byol', 'regioncl-byol'])
def test_a_row_without_a_recipe_cannot_be_chosen(monkeypatch, stem):
    monkeypatch.delitem(RECIPES, 'regioncl-byol')
    message = f'there is no recipe for {stem}; --method takes (.*)'
    with pytest.raises(ValueError, match=message) as refused:
        find_row(stem)
    offered = str(refused.value).partition('takes ')[2].split(', ')
    assert set(offered) == set(STEMS) - {'byol', 'regioncl-byol'}


@pytest.mark.parametrize('stem', STEMS)
@pytest.mark.parametrize('kind', ['resnet', 'swin', 'vit'])
def test_a_step_can_be_taken(kind, stem):
    backbone = small(kind)
    if kind == 'resnet' and find_row(stem).stem == 'regioncl-moby':
        name = methods.names_by_stem()[stem].replace('+', r'\+')
        message = f'{name} shuffles no keys.*resnet18.*--method regioncl-m'
        with pytest.raises(ValueError, match=message):
            find_recipe(stem, backbone)
        return
    recipe, model = model_of(stem, backbone)
    complete_model(model, recipe, backbone, NUMBERS, CPU)
    assert (model['region_branch'] is None) == (stem == recipe.row.base_stem)
    per_image, fixed = try_step(model, SIZE)
    assert per_image > 0 and fixed > 0


def test_the_best_pairs_are_published_recipes():
    for kind, name in (
        ('resnet', 'resnet50'),
        ('swin', 'swin-tiny'),
        ('vit', 'vit-small'),
    ):
        assert find_recipe(default_method(name), small(kind)).published
    assert not find_recipe('regioncl-m', small('swin')).published
    assert default_method('convnext_tiny') == 'regioncl-m3'


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match='no method dino; .*regioncl-m, '):
        find_row('dino')


def test_a_backbone_of_nobody_is_refused_without_timm(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'timm', None)
    with pytest.raises(ValueError, match='resnet50.*`pip install timm`'):
        find_backbone('convnext_tiny', 224)


def test_a_step_that_fails_is_refused_with_its_reason():
    _, model = model_of('regioncl-m', small('resnet'))
    model['neck']['in_channels'] = 63
    with pytest.raises(ValueError, match='RegionCLM on ResNet .* fails: '):
        try_step(model, SIZE)


def test_memory_is_that_of_what_is_kept_for_gradients():
    class Square(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(4, 1))

        def loss(self, inputs, data_samples):
            hidden = inputs[0].flatten(1)[:, :4].contiguous()
            # Keeps `hidden`, 3 x 4 floats, the weight, and its own output.
            return dict(loss=(hidden @ self.weight).exp().sum())

    images = [torch.randn(3, 3, 2, 2) for _ in range(2)]
    assert bytes_kept(Square(), images) == 4 * (3 * 4 + 3)


def test_a_lone_process_splits_the_batch_norm_of_who_shuffles():
    for stem, machine, expected in (
        ('regioncl-m', CPU, dict(type='SplitBN', num_splits=2)),
        ('densecl', GPU, dict(type='SplitBN', num_splits=2)),
        ('regioncl-m', CPU._replace(processes=2), dict(type='BN')),
        ('regioncl-s', GPU, dict(type='SyncBN')),
        ('regioncl-s', CPU, dict(type='BN')),
    ):
        backbone = small('resnet')
        recipe, model = model_of(stem, backbone)
        complete_model(model, recipe, backbone, NUMBERS, machine)
        assert model['backbone']['norm_cfg'] == expected, stem


def test_a_batch_of_an_odd_number_is_not_split():
    backbone = small('resnet')
    recipe, model = model_of('regioncl-m', backbone)
    odd = NUMBERS._replace(batch=17)
    complete_model(model, recipe, backbone, odd, CPU)
    assert model['backbone']['norm_cfg'] == dict(type='BN')


def test_a_vision_transformer_has_a_token_where_its_recipe_has():
    for stem, out_type, pooled in (
        ('regioncl-m3', None, False),
        ('regioncl-byol', 'featmap', True),
    ):
        _, model = model_of(stem, small('vit'))
        assert model['backbone'].get('out_type') == out_type
        assert model['neck']['with_avg_pool'] is pooled
        assert model['neck']['in_channels'] == 32


def test_moby_drops_paths_of_swin_online_alone():
    _, model = model_of('regioncl-moby', small('swin'))
    assert model['backbone']['drop_path_rate'] == 0.2
    assert model['target_backbone'] == dict(drop_path_rate=0.0)


def test_schedules_are_the_recipes_in_proportion():
    recipe = find_recipe('regioncl-moby', small('swin'))
    warm, cosine = schedule(recipe, NUMBERS._replace(epochs=60, rate=1e-4))
    assert (warm['begin'], warm['end']) == (0, 1)  # 5 of 300
    assert (cosine['begin'], cosine['T_max'], cosine['end']) == (0, 60, 60)
    assert cosine['eta_min'] == pytest.approx(5e-6 / 10)
    after = schedule(
        find_recipe('regioncl-m3', small('vit')), NUMBERS._replace(epochs=30)
    )
    assert after[0]['end'] == 3  # not 4: a tenth at most
    assert (after[1]['begin'], after[1]['T_max']) == (3, 27)
    short = schedule(recipe, NUMBERS._replace(epochs=3))
    assert [x['type'] for x in short] == ['CosineAnnealingLR']


def test_the_optimizer_is_the_recipes_in_what_the_machine_has():
    recipe = find_recipe('regioncl-m3', small('vit'))  # published in float16
    on_cpu = optim_wrapper(recipe, NUMBERS, CPU)
    assert on_cpu['type'] == 'OptimWrapper' and 'loss_scale' not in on_cpu
    assert on_cpu['optimizer']['type'] == 'AdamW'
    assert on_cpu['optimizer']['lr'] == 0.01
    on_gpu = optim_wrapper(recipe, NUMBERS, GPU)
    assert on_gpu['type'] == 'BFloat16OptimWrapper'
    fixed = optim_wrapper(
        find_recipe('regioncl-s', small('swin')), NUMBERS, CPU
    )['paramwise_cfg']
    assert fixed['custom_keys']['predictor'] == dict(fix_lr=True)
    assert fixed['norm_decay_mult'] == 0


TIMM = {
    'resnet10t': (512, 32, True),
    'vit_tiny_patch16_224': (192, 16, False),  # needs img_size
    # Has its channels last.
    'swin_tiny_patch4_window7_224': (768, 32, False),
}


@pytest.mark.parametrize('name', TIMM)
def test_backbones_of_timm(name):
    pytest.importorskip('timm', reason='optional: backbones by their names')
    size = 96
    found = find_backbone(name, size)
    assert found[3:] == TIMM[name] and found.kind == 'timm'
    built = MODELS.build(copy.deepcopy(found.config))
    cells = size // found.stride
    with torch.no_grad():
        features = built(torch.zeros(2, 3, size, size))[-1]
    assert features.shape == (2, found.channels, cells, cells)
    if 'swin' in name:  # a step of it takes long
        return
    recipe = find_recipe(default_method(name), found)
    _, *sides = rectangle(size, found.stride)
    try_step(make_model(recipe, found, size, sides), size)


def test_what_timm_has_not_is_refused_with_what_is_near():
    pytest.importorskip('timm', reason='optional: backbones by their names')
    with pytest.raises(ValueError, match='no backbone resnet_19: .*it has'):
        find_backbone('resnet_19', 224)
    with pytest.raises(
        ValueError, match='has none of vit_tiny_patch16_224 .*70'
    ):
        find_backbone('vit_tiny_patch16_224', 70)
