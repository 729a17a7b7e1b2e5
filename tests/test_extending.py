"""docs/extending.md holds: its excerpts are of the files, its code runs."""

import importlib
import re
import sys

import pytest
import torch
from algorithms import CONTRASTS, build, views
from conftest import QUICKSTART, REPO
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

PAGE = (REPO / 'docs' / 'extending.md').read_text(encoding='utf-8')
FENCE = re.compile(r'^```(\w+)\n(.*?)^```$', re.DOTALL | re.MULTILINE)
# Of each block of Python its first line, a name, and the rest.
BLOCKS = [
    code[len('# ') :].split('\n', 1)
    for language, code in FENCE.findall(PAGE)
    if language == 'python'
]
EXCERPTS = [block for block in BLOCKS if '/' in block[0]]
FILES = {name: code for name, code in BLOCKS if '/' not in name}


def test_there_is_something_to_test():
    assert len(EXCERPTS) == 6
    assert set(FILES) == {
        'second_rival.py',
        'second_rival_written_out.py',
        'my_config.py',
        'fcn_r50-d8_4xb4-20k_voc12aug-512x512.py',
        'fcn_toy.py',
    }


@pytest.mark.parametrize(
    'name, code', EXCERPTS, ids=[name for name, _ in EXCERPTS]
)
def test_an_excerpt_is_word_for_word(name, code):
    text = (REPO / name).read_text(encoding='utf-8')
    assert text.count(code) == 1


def test_every_file_named_is_there():
    named = re.findall(
        r'\b(?:configs|docs|regioncl_mm|tests|tools)/[\w./-]+\.\w+', PAGE
    )
    assert len(set(named)) > 15
    for name in named:
        assert (REPO / name).is_file(), name


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the page's files, beside this project's configs."""
    (tmp_path / 'configs').symlink_to(REPO / 'configs')
    for name, code in FILES.items():
        (tmp_path / name).write_text(code, encoding='utf-8')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def heads(project):
    """The heads of the page, registered for the time of the test."""
    classes = dict(
        second_rival='SecondRivalHead',
        second_rival_written_out='WrittenOutHead',
    )
    for module in classes:
        importlib.import_module(module)
    yield list(classes.values())
    for module, name in classes.items():
        MODELS.module_dict.pop(name)
        sys.modules.pop(module)


def step(name, head):
    """Losses and gradients of a step with the given region head."""
    torch.manual_seed(0)
    model = build(name, region_head=dict(type=head)).double()
    torch.manual_seed(1)
    losses = model.loss([view.double() for view in views(6)], None)
    sum(losses.values()).backward()
    return losses, [p.grad for p in model.parameters() if p.requires_grad]


@pytest.mark.parametrize('name', CONTRASTS)
def test_a_second_rival_counts_in_every_method(name, heads):
    """By `contrasts` and by `loss` the same, and more than with one."""
    in_one_pass, written_out = (step(name, head) for head in heads)
    for key, loss in in_one_pass[0].items():
        torch.testing.assert_close(loss, written_out[0][key], msg=key)
    for ours, expected in zip(in_one_pass[1], written_out[1]):
        torch.testing.assert_close(ours, expected)
    usual, _ = step(name, 'RegionContrastHead')
    more = in_one_pass[0]['loss_region'] - usual['loss_region']
    assert more > 1e-3
    others = usual.keys() - {'loss_region'}
    for key in others:
        torch.testing.assert_close(in_one_pass[0][key], usual[key])


def test_the_config_of_the_second_rival_builds_it(heads):
    cfg = Config.fromfile('my_config.py')
    assert 'regioncl_mm' in cfg.custom_imports['imports']
    head = MODELS.build(cfg.model).region_head
    assert type(head).__name__ == 'SecondRivalHead'
    assert head.temperature == 0.2 and head.use_intra_negative


def shapes(module):
    return {name: x.shape for name, x in module.state_dict().items()}


@pytest.mark.parametrize(
    'name, pretraining, count',
    [
        (
            'fcn_r50-d8_4xb4-20k_voc12aug-512x512.py',
            'configs/regioncl/regioncl-m_resnet50_8xb128-coslr-200e_in1k.py',
            318,
        ),
        ('fcn_toy.py', QUICKSTART, 96),
    ],
)
def test_checkpoints_fit_the_downstream_configs(
    project, name, pretraining, count
):
    backbone = Config.fromfile(REPO / pretraining).model.backbone
    cfg = Config.fromfile(name)
    expected = shapes(MODELS.build(backbone.to_dict()))
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    assert shapes(model.backbone) == expected and len(expected) == count
    assert not cfg.model.get('pretrained')
    assert 'init_cfg' not in cfg.model.backbone


def test_the_toy_task_gives_a_map_of_classes(project):
    cfg = Config.fromfile('fcn_toy.py')
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model).eval()
    # The toy network's last map is an eighth of the image.
    assert model(torch.rand(2, 1, 96, 96)).shape == (2, 19, 12, 12)
