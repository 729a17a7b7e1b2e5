"""Each repair does what the missing piece did; each fails without it."""

import importlib.machinery
import importlib.util
import pkgutil
import sys
from importlib.metadata import PackageNotFoundError

import mmcv
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.utils.dl_utils import mmcv_full_available
from mmpretrain.utils import dependency

from regioncl_mm.compat import (
    data_loaders,
    find_loader,
    hue,
    installed_packages,
    missing_modules,
    multimodal,
)
from regioncl_mm.compat.missing_modules import STAND_INS, StandInFinder


def test_find_loader_as_before_python_3_14(monkeypatch):
    monkeypatch.delattr(pkgutil, 'find_loader', raising=False)
    assert find_loader.needed()
    with pytest.raises(AttributeError, match='find_loader'):
        mmcv_full_available()
    # So that monkeypatch takes it away again.
    monkeypatch.setattr(pkgutil, 'find_loader', None, raising=False)
    find_loader.apply()
    assert mmcv_full_available() is True
    assert pkgutil.find_loader('no_such_module') is None
    assert pkgutil.find_loader('no_such_package.module') is None
    assert pkgutil.find_loader('json.decoder').name == 'json.decoder'


# Of one pixel a colour: its hue in 256ths of a turn, as cv2 and Pillow have
# it, and those of the other channels.
RED, YELLOW, GREEN = (0, 0, 255), (0, 255, 255), (0, 255, 0)  # BGR
BLUE, CYAN, MAGENTA = (255, 0, 0), (255, 255, 0), (255, 0, 255)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
@pytest.mark.parametrize(
    'factor, expected',
    [
        # A third of a turn back, int(-1/3 * 255) = -85 of 256: red, at 0,
        # comes to 256 - 85 = 171, blue; green, at 85, to 0, red.
        (-1 / 3, [BLUE, MAGENTA, RED]),
        (1 / 3, [GREEN, CYAN, BLUE]),
        (0.0, [RED, YELLOW, GREEN]),
    ],
)
def test_hues_wrap_around(backend, factor, expected):
    image = np.array([[RED, YELLOW, GREEN]], np.uint8)
    shifted = mmcv.adjust_hue(image, factor, backend).astype(int)
    # A 256th of a turn is 6 of 255, and hues are rounded to such twice.
    assert np.abs(shifted - [expected]).max() <= 12


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
@pytest.mark.parametrize('factor', [-0.5, -0.4, -0.1, -0.003, 0.0, 0.1, 0.5])
def test_hues_are_shifted_by_bytes_that_wrap(backend, factor, monkeypatch):
    """As numpy 1 did: cut off towards zero, modulo 256."""
    import cv2
    from PIL import Image

    image = np.random.RandomState(0).randint(0, 256, (16, 16, 3), np.uint8)
    shift = int(factor * 255)
    if backend == 'cv2':
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV_FULL).astype(int)
        hsv[..., 0] = (hsv[..., 0] + shift) % 256
        expected = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR_FULL)
    else:
        rgb = np.ascontiguousarray(image[..., ::-1])
        hsv = np.array(Image.fromarray(rgb).convert('HSV')).astype(int)
        hsv[..., 0] = (hsv[..., 0] + shift) % 256
        hsv = Image.fromarray(hsv.astype(np.uint8), 'HSV')
        expected = np.array(hsv.convert('RGB'))[..., ::-1]
    found = mmcv.adjust_hue(image, factor, backend)
    np.testing.assert_array_equal(found, expected)


def test_hue_factors_out_of_range_are_still_refused():
    image = np.zeros((1, 1, 3), np.uint8)
    with pytest.raises(ValueError, match='is not in'):
        mmcv.adjust_hue(image, -0.6)


def test_the_wrapped_factor_is_what_numpy_1_made_of_it():
    found = [hue.HueFactor(f) * 255 for f in (-0.1, -0.5, 0.1, -0.001)]
    assert found == [256 - 25, 256 - 127, 25, 0]


@pytest.mark.parametrize(
    'version, needed', [('79.0.1', False), ('80.9.0', True), ('81.0.0', True)]
)
def test_pkg_resources_is_left_alone_while_it_is_quiet(
    version, needed, monkeypatch
):
    spec = importlib.machinery.ModuleSpec('pkg_resources', None)
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: spec)
    monkeypatch.setattr(installed_packages, 'version', lambda name: version)
    assert installed_packages.needed() is needed


def test_installed_packages_without_pkg_resources(monkeypatch):
    """In the place of mmengine's, whether or not setuptools has it here."""
    monkeypatch.setitem(sys.modules, 'pkg_resources', None)  # not to be had
    from mmengine.config import config
    from mmengine.utils import package_utils

    for module in (package_utils, config):
        for name in ('get_installed_path', 'is_installed'):
            repaired = getattr(installed_packages, name)
            monkeypatch.setattr(module, name, repaired)
    cfg = Config.fromstring(
        "_base_ = 'mmpretrain::_base_/default_runtime.py'", '.py'
    )
    assert cfg.default_scope == 'mmpretrain'


def test_packages_are_found_as_pkg_resources_finds_them(tmp_path, monkeypatch):
    package = tmp_path / 'some_distribution-1.0.dist-info'
    package.mkdir()
    (package / 'METADATA').write_text(
        'Metadata-Version: 2.1\nName: some-distribution\nVersion: 1.0\n'
    )
    (package / 'top_level.txt').write_text('some_module\nother\n')
    (tmp_path / 'plain_module').mkdir()
    (tmp_path / 'plain_module' / '__init__.py').touch()
    (tmp_path / 'just_a_folder').mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    path = installed_packages.get_installed_path
    assert path('some-distribution') == str(tmp_path / 'some_module')
    assert path('plain_module') == str(tmp_path / 'plain_module')
    (tmp_path / 'some-distribution').mkdir()
    assert path('some-distribution') == str(tmp_path / 'some-distribution')
    with pytest.raises(RuntimeError, match='just_a_folder is a namespace'):
        path('just_a_folder')
    with pytest.raises(PackageNotFoundError, match='no_such'):
        path('no_such')
    (package / 'top_level.txt').unlink()
    with pytest.raises(ValueError, match='infer the module name of some-d'):
        installed_packages.package2module('some-distribution')
    names = ('some-distribution', 'plain_module', 'just_a_folder', 'no_such')
    found = [installed_packages.is_installed(name) for name in names]
    assert found == [True, True, False, False]


def test_stand_ins_are_found_last_and_under_their_names():
    kinds = [type(x) for x in sys.meta_path]
    path_finder = sys.meta_path.index(importlib.machinery.PathFinder)
    assert kinds.count(StandInFinder) == 1
    assert kinds.index(StandInFinder) > path_finder
    finder = StandInFinder()
    for name, file in STAND_INS.items():
        spec = finder.find_spec(name)
        assert isinstance(spec, importlib.machinery.ModuleSpec)
        assert spec.name == name and spec.origin == str(file)
        assert file.is_file()
    assert finder.find_spec('mmcv') is None


def test_mmcv_that_was_imported_first_gets_what_it_did_without(monkeypatch):
    """As `import mmpretrain.models` before ours, with mmcv-lite."""
    from mmcv.cnn.bricks import transformer
    from mmcv.ops import MultiScaleDeformableAttention

    monkeypatch.setattr(sys, 'meta_path', [])
    monkeypatch.delattr(
        transformer, 'MultiScaleDeformableAttention', raising=False
    )
    assert missing_modules.needed()
    missing_modules.apply()
    found = transformer.MultiScaleDeformableAttention
    assert found is MultiScaleDeformableAttention


@pytest.mark.parametrize(
    'installed, expected', [('4.57.1', False), ('5.0.0', True)]
)
def test_multimodal_models_are_left_out_beside_transformers_5(
    installed, expected, monkeypatch
):
    monkeypatch.setattr(multimodal, 'version', lambda name: installed)
    monkeypatch.setattr(dependency, 'WITH_MULTIMODAL', True)
    assert multimodal.needed() is expected
    multimodal.apply()
    assert dependency.WITH_MULTIMODAL is False

    def not_installed(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(multimodal, 'version', not_installed)
    assert not multimodal.needed()


def test_loaders_of_a_config_with_a_base_of_mmpretrain():
    loader = dict(
        dataset=[1.0, 2.0],
        batch_size=2,
        num_workers=0,
        persistent_workers=True,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate', _scope_='mmpretrain'),
    )
    original = Runner.build_dataloader.__wrapped__
    with pytest.raises(ValueError, match='persistent_workers'):
        original(loader)
    with pytest.raises(TypeError, match='_scope_'):
        list(original({**loader, 'persistent_workers': False}))
    (batch,) = Runner.build_dataloader(loader)
    assert batch.tolist() == [1, 2]
    assert loader['collate_fn']['_scope_'] == 'mmpretrain', 'not changed'
    assert data_loaders.mended(dict(num_workers=2, persistent_workers=True))[
        'persistent_workers'
    ]
