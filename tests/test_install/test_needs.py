"""What a config needs is told from its text."""

import pytest
from conftest import QUICKSTART, REPO

from regioncl_mm.install import needs
from regioncl_mm.install.needs import missing_libraries, needed_libraries


@pytest.mark.parametrize(
    'folder, library',
    [('mmdet', 'mmdet'), ('mmseg', 'mmseg'), ('mmpose', 'mmpose')],
)
def test_downstream_configs_need_their_library(folder, library):
    configs = sorted((REPO / 'configs' / folder).glob('*.py'))
    assert configs
    for config in configs:
        assert library in needed_libraries(config), config


def test_pretraining_needs_none():
    configs = [REPO / QUICKSTART, *(REPO / 'configs/regioncl').glob('*.py')]
    configs += (REPO / 'configs' / 'imagenet').glob('*.py')
    for config in configs:
        assert needed_libraries(config) == [], config


@pytest.mark.parametrize(
    'text, found',
    [
        ("default_scope = 'mmpose'", ['mmpose']),
        ("_base_ = ['mmdet::common/ms-90k_coco.py']", ['mmdet']),
        ("model = dict(type='mmseg.UPerHead')", ['mmseg']),
        ('from mmdet.configs.common import x', ['mmdet']),
        ('import mmpose.models, os', ['mmpose']),
        ("_base_ = './base.py'", ['mmseg']),
        ("_base_ = './itself.py'", []),
        ('# mmdet::common\nname = "mmdetection"', []),
        ('a broken file', []),
    ],
)
def test_words_that_count(tmp_path, text, found):
    (tmp_path / 'base.py').write_text("default_scope = 'mmseg'\n")
    config = tmp_path / 'itself.py'
    config.write_text(text)
    assert needed_libraries(config) == found


def test_no_file_needs_nothing(tmp_path):
    assert needed_libraries(tmp_path / 'none.py') == []


def test_a_library_is_missing_without_distribution_and_module(
    tmp_path, monkeypatch
):
    config = tmp_path / 'config.py'
    config.write_text("a = 'mmdet'; b = 'mmseg'; c = 'mmpose'")
    monkeypatch.setattr(needs, 'complete', lambda name: name == 'mmdet')
    monkeypatch.setattr(needs, 'find_spec', lambda name: None)
    assert missing_libraries(config) == ['mmpose', 'mmseg']
    # A checkout of one, found by its path.
    monkeypatch.setattr(needs, 'installed', lambda name: None)
    monkeypatch.setattr(needs, 'find_spec', lambda name: name == 'mmseg')
    assert missing_libraries(config) == ['mmpose']
