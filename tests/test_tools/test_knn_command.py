"""tools/knn.py and the linear classifier on cached features."""

import json
import sys

import pytest
from conftest import QUICKSTART, REPO
from test_tools.test_imagenet_evaluation import (  # noqa: F401
    TWINS,
    checkpoints,
    data,
    results,
    transfer,
)
from test_tools.test_train import run, train

KNN = TWINS / 'resnet18-tiny_1xb500-knn_fashion-mnist.py'
LINEAR = 'resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist'
SWIN = 'swin-micro_1xb64-linear-coslr-5e_fashion-mnist'
FINE_TUNE = 'resnet18-tiny_1xb64-coslr-5e_fashion-mnist'


def knn(*arguments, tmp_path, **kwargs):
    return run(
        sys.executable,
        REPO / 'tools' / 'knn.py',
        *arguments,
        *('--work-dir', 'out'),
        cwd=tmp_path,
        **kwargs,
    )


@pytest.fixture(scope='module')
def trained(tmp_path_factory, data):  # noqa: F811
    """A pretraining of one epoch, and what its own kNN said at the end."""
    work_dir = tmp_path_factory.mktemp('pretraining')
    train(
        REPO / QUICKSTART,
        *('--work-dir', work_dir, '--cfg-options', 'train_cfg.max_epochs=1'),
        'custom_hooks.2.k=(5,20)',
        'train_dataloader.batch_size=16',
        'default_hooks.checkpoint.interval=1',
        'randomness.seed=0',
        **data,
    )
    (scalars,) = work_dir.glob('*/vis_data/scalars.json')
    last = [x for x in scalars.read_text().splitlines() if 'knn' in x][-1]
    return work_dir / 'epoch_1.pth', json.loads(last)


@pytest.mark.parametrize('config', [KNN, REPO / QUICKSTART])
def test_it_is_the_trainings_own_knn(config, trained, data, tmp_path):  # noqa: F811
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


def test_two_processes_find_what_one_finds(trained, data, tmp_path):  # noqa: F811
    given = (KNN, trained[0], '--k', '5', '20')
    knn(*given, tmp_path=tmp_path, **data)
    one = results(tmp_path)
    out = run(
        *('bash', REPO / 'tools' / 'dist_knn.sh', *given[:2], 2, *given[2:]),
        *('--work-dir', 'out', '--feature-dir', 'others'),
        # 64 images are 32 each; of 32 and batches of 5 the last is of 2.
        *('--cfg-options', 'train_dataloader.batch_size=5'),
        cwd=tmp_path,
        PORT='29673',
        **data,
    )
    assert out.count('wrote 64 x 32 features: others/') == 1
    assert out.count('verified 96/96') == 1
    two = results(tmp_path)
    assert two['world_size'] == 2 and two['metrics'] == one['metrics']


def test_random_weights_are_the_seeds(data, tmp_path):  # noqa: F811
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
def test_mistakes_are_explained(
    arguments,
    words,
    checkpoints,  # noqa: F811
    data,  # noqa: F811
    tmp_path,
):
    given = (KNN, checkpoints['resnet18'], *arguments)
    out = knn(*given, ok=False, tmp_path=tmp_path, **data)
    assert words in out and 'Traceback' not in out
    assert not (tmp_path / 'out' / 'results.json').exists()


@pytest.mark.parametrize('stem', [LINEAR, SWIN])
def test_a_linear_classifier_on_cached_features(
    stem,
    checkpoints,  # noqa: F811
    data,  # noqa: F811
    tmp_path,
):
    checkpoint = checkpoints[stem.split('-')[0]]
    options = ('--cached-features', '--cfg-options', 'train_cfg.max_epochs=2')
    out = transfer(stem, checkpoint, *options, tmp_path=tmp_path, **data)
    found = results(tmp_path)
    assert "not the paper's protocol" in found['protocol'] and (
        found['protocol'] in out
    )
    names = {'accuracy/top1', 'accuracy/top5', 'real/top1'}
    assert set(found['metrics']) == set(found['metrics_last']) == names
    assert found['best_epoch'] in (1, 2)
    best = max(float(x.split()[-1]) for x in out.splitlines() if 'epoch ' in x)
    assert found['metrics']['accuracy/top1'] == pytest.approx(best, abs=0.01)
    # The folder is this protocol's alone.
    out = transfer(stem, checkpoint, ok=False, tmp_path=tmp_path, **data)
    assert 'out holds another run (' in out and 'protocol: ' in out


def test_other_configs_have_no_features_to_cache(
    checkpoints,  # noqa: F811
    data,  # noqa: F811
    tmp_path,
):
    out = transfer(
        FINE_TUNE,
        checkpoints['resnet18'],
        '--cached-features',
        ok=False,
        tmp_path=tmp_path,
        **data,
    )
    assert 'is for linear classification' in out and 'Traceback' not in out
