"""tools/knn.py, from a checkpoint to results.json."""

import json
import re

import pytest
from conftest import QUICKSTART, REPO
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from pretrained import save_pretrained
from tool_calls import call, main_of

from regioncl_mm.transfer.knn import suffix

KNN = (
    REPO / 'configs' / 'quickstart' / 'evaluation' / 'resnet18-tiny_1xb500-knn'
    '_fashion-mnist.py'
)


def knn(*arguments, tmp_path, **kwargs):
    return call(
        main_of('knn.py'),
        *arguments,
        *('--work-dir', 'out'),
        cwd=tmp_path,
        **kwargs,
    )


def results(tmp_path):
    return json.loads((tmp_path / 'out' / 'results.json').read_text())


@pytest.fixture(scope='module')
def data(fashion_mnist_root):
    """64 and 32 images."""
    return dict(DATA_ROOT=str(fashion_mnist_root))


@pytest.fixture(scope='module')
def trained(tmp_path_factory, data):
    """A pretraining of one epoch, and what its own kNN said at the end."""
    work_dir = tmp_path_factory.mktemp('pretraining')
    init_default_scope('mmpretrain')
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv('DATA_ROOT', data['DATA_ROOT'])
        cfg = Config.fromfile(REPO / QUICKSTART)
    cfg.merge_from_dict(
        {
            'train_cfg.max_epochs': 1,
            'custom_hooks.2.k': (5, 20),
            'train_dataloader.batch_size': 16,
            'default_hooks.checkpoint.interval': 1,
            'randomness.seed': 0,
            'work_dir': str(work_dir),
        }
    )
    Runner.from_cfg(cfg).train()
    (scalars,) = work_dir.glob('*/vis_data/scalars.json')
    last = [x for x in scalars.read_text().splitlines() if 'knn' in x][-1]
    return work_dir / 'epoch_1.pth', json.loads(last)


@pytest.mark.parametrize('config', [KNN, REPO / QUICKSTART])
def test_it_is_the_trainings_own_knn(config, trained, data, tmp_path):
    checkpoint, logged = trained
    arguments = (config, checkpoint, '--k', '5', '20', '--backend', 'torch')
    out = knn(*arguments, tmp_path=tmp_path, **data)
    found = results(tmp_path)
    assert found['metrics'] == pytest.approx(
        {'knn5': logged['knn5'], 'knn20': logged['knn20']}
    )
    assert 'verified 96/96 backbone tensors' in out
    assert 'wrote 64 x 32 features: work_dirs/features/' in out
    assert found['method'] == 'RegionCL-M' and found['name'] == config.stem
    assert found['verified']['complete']
    assert found['knn'] == dict(
        vote='weighted',
        temperature=0.07,
        backend='torch',
        memory=64,
        queries=32,
    )
    again = knn(*arguments, '--vote', 'majority', tmp_path=tmp_path, **data)
    assert 'read 64 x 32 features' in again and 'wrote 64' not in again
    assert results(tmp_path)['knn']['vote'] == 'majority'


def test_random_weights_are_the_seeds(data, tmp_path):
    for seed in (0, 1):
        knn(
            *(KNN, 'random', '--k', '5'),
            *('--cfg-options', f'randomness.seed={seed}'),
            tmp_path=tmp_path,
            **data,
        )
    folders = sorted((tmp_path / 'work_dirs' / 'features').iterdir())
    assert [x.name for x in folders] == ['random-seed0', 'random-seed1']
    assert results(tmp_path)['verified'] is None


def test_the_images_may_be_set(trained, data, tmp_path):
    options = ('--cfg-options', 'knn_memory_dataloader.dataset.indices=40')
    checkpoint, _ = trained
    config = REPO / QUICKSTART
    arguments = (config, checkpoint, '--k', '5', '--backend', 'torch')
    knn(*arguments, *options, tmp_path=tmp_path, **data)
    found = results(tmp_path)['knn']
    assert (found['memory'], found['queries']) == (40, 32)


def test_other_options_have_another_folder():
    """Of a name that tells the seed already."""
    parse = main_of('knn.py').__globals__['parse_args']

    def name(*options):
        given = ('--cfg-options', *options) if options else ()
        return suffix(parse([str(KNN), 'random', *given]))

    assert name() == name('randomness.seed=1') == '-knn20-100-weighted0.07'
    one, other = 'model.backbone.depth=34', 'work.data=[1,2]'
    names = [name(one), name(other), name(one, other)]
    assert len({*names, name()}) == 4
    assert all(re.fullmatch(rf'{name()}-options\w{{8}}', x) for x in names)
    assert name(other, 'randomness.seed=1', one) == names[2]


@pytest.mark.parametrize(
    'arguments, words',
    [
        (('--k', '0'), '--k and --temperature must be positive'),
        (('--k', '65'), '65 neighbours asked for, but the memory holds only'),
        (('--cfg-options', 'model.backbone.depth=34'), 'is not the checkpoin'),
        (
            (
                '--cfg-options',
                'model.backbone.base_channels=16',
                'model.head.in_channels=64',
            ),
            'is not the checkpoin',
        ),
    ],
)
def test_mistakes_are_explained(arguments, words, data, tmp_path):
    checkpoint = save_pretrained(tmp_path / 'a.pth')
    given = (KNN, checkpoint, *arguments)
    out = knn(*given, ok=False, tmp_path=tmp_path, **data)
    assert words in out and 'Traceback' not in out
    assert not (tmp_path / 'out' / 'results.json').exists()
