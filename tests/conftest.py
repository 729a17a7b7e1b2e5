import gc
from functools import lru_cache
from pathlib import Path

import cv2
import mmengine.config
import mmengine.runner
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from process_state import process_as_it_was
from toy import make, make_garments, write_idx

import regioncl_mm  # noqa: F401

pytest_plugins = ['coverage_bounds']

REPO = Path(__file__).parents[1]
QUICKSTART = (
    'configs/quickstart/regioncl-m_resnet18-tiny_1xb64-coslr-6e_'
    'fashion-mnist.py'
)


def numpy_seed():
    """What mmengine's `collect_env` says of it."""
    return np.random.get_state()[1][0]


@pytest.fixture(scope='session', autouse=True)
def mmengine_does_once_what_does_not_change():
    """For a base config of another library mmengine reads all metafiles of
    that library, which takes a second each time; and six times a run it makes
    the run's config pretty, which takes longer than a run of a few steps. It
    asks the compilers for their versions, too. Configs that are dumped are
    the same, on long lines."""
    utils, config = mmengine.config.utils, mmengine.config.config
    runner = mmengine.runner.runner
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, 'load', lru_cache(None)(utils.load))
        installed = lru_cache(None)(config.is_installed)
        patch.setattr(config, 'is_installed', installed)
        patch.setattr(config, 'FormatCode', lambda text, **_: (text, False))
        collected = lru_cache(None)(runner.collect_env)
        patch.setattr(
            runner,
            'collect_env',
            lambda: {**collected(), 'numpy_random_seed': numpy_seed()},
        )
        yield


@pytest.fixture(scope='session', autouse=True)
def mmpretrain_scope():
    """Whoever asks for a class by its name alone means mmpretrain's."""
    init_default_scope('mmpretrain')


def pytest_collection_modifyitems(items):
    """Tests of a GPU are for machines that have one."""
    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker('gpu'):
                item.add_marker(pytest.mark.skip(reason='needs a GPU'))


def pytest_collection_finish():
    """Whatever has been imported stays, so nobody has to look for garbage in
    it: mmengine does whenever a data set is made, a quarter of a second."""
    gc.collect()
    gc.freeze()


# Also for what a module's own fixtures leave: they come before the one below.
@pytest.fixture(scope='module', autouse=True)
def as_it_was_before_the_module():
    """Modules leave nothing behind in the process."""
    with process_as_it_was():
        yield


@pytest.fixture(autouse=True)
def as_it_was():
    """Tests share a process, and leave nothing behind in it."""
    with process_as_it_was():
        yield


def make_fashion_mnist(root, train_images, test_images):
    """Random images, brighter the higher their label."""
    rng = np.random.RandomState(0)
    for split, count in (('train', train_images), ('t10k', test_images)):
        labels = np.arange(count) % 10
        noise = rng.randint(0, 128, (count, 28, 28))
        images = noise + 12 * labels[:, None, None]
        write_idx(root / f'{split}-images-idx3-ubyte', images)
        write_idx(root / f'{split}-labels-idx1-ubyte', labels)
    return root


@pytest.fixture(scope='session')
def fashion_mnist_root(tmp_path_factory):
    """A folder like Fashion-MNIST's with 64 training and 32 test images."""
    return make_fashion_mnist(tmp_path_factory.mktemp('fashion-mnist'), 64, 32)


@pytest.fixture(scope='session')
def garments_root(tmp_path_factory):
    """A folder like Fashion-MNIST's whose images can be cut out."""
    return make_garments(tmp_path_factory.mktemp('garments'))


@pytest.fixture(scope='session')
def toy_root(tmp_path_factory, garments_root):
    """All toy data, six and three scenes; not to be changed."""
    return make(tmp_path_factory.mktemp('toy') / 'data', garments_root)


@pytest.fixture
def quickstart(fashion_mnist_root, monkeypatch, tmp_path):
    """The quickstart's RegionCL-M config, cut down to two steps an epoch."""
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    cfg = Config.fromfile(REPO / QUICKSTART)
    cfg.merge_from_dict(
        {
            'train_cfg.max_epochs': 1,
            'param_scheduler.0.T_max': 1,
            'param_scheduler.0.end': 1,
            'train_dataloader.batch_size': 32,
            'model.queue_len': 48,
            'custom_hooks.2.k': (5, 20),
            'custom_hooks.2.interval': 1,
            'default_hooks.logger.interval': 1,
            'default_hooks.checkpoint.interval': 1,
            'randomness.seed': 0,
            'work_dir': str(tmp_path / 'work_dir'),
        }
    )
    return cfg


@pytest.fixture
def imagenet(tmp_path):
    """A folder in which data/imagenet has eight JPEGs of two classes, with
    the lists of ``meta`` (mmpretrain counts a thousand folders otherwise)."""
    rng = np.random.RandomState(0)
    root = tmp_path / 'data' / 'imagenet'
    (root / 'meta').mkdir(parents=True)
    for split, count in (('train', 4), ('val', 1)):
        lines = []
        for label, name in enumerate(('n01', 'n02')):
            (root / split / name).mkdir(parents=True)
            for i in range(count):
                image = rng.randint(90 * label, 90 * label + 99, (240, 320, 3))
                cv2.imwrite(str(root / split / name / f'{i}.JPEG'), image)
                lines.append(f'{name}/{i}.JPEG {label}')
        (root / 'meta' / f'{split}.txt').write_text('\n'.join(lines))
    return tmp_path


@pytest.fixture(scope='session')
def toy(toy_root):
    """Where all toy data are, as the environment names it."""
    return dict(TOY_DATA_ROOT=str(toy_root))


@pytest.fixture(scope='session')
def checkpoint(tmp_path_factory):
    """What pretraining by the quickstart's RegionCL-M config leaves."""
    from pretrained import save_pretrained

    folder = tmp_path_factory.mktemp('pretrained')
    return save_pretrained(folder / 'epoch_6.pth')
