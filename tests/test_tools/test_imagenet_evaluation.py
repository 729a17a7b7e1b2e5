"""Linear classification and fine-tuning, on twins of the ImageNet configs.

With --cached-features, too.
"""

import json

import pytest
import torch
from conftest import REPO
from mmengine.runner import ValLoop
from pretrained import MOBY, save_pretrained
from tool_calls import call, main_of

TWINS = REPO / 'configs' / 'quickstart' / 'evaluation'
LINEAR = 'resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist'
SWIN = 'swin-micro_1xb64-linear-coslr-5e_fashion-mnist'
FINE_TUNE = 'resnet18-tiny_1xb64-coslr-5e_fashion-mnist'
TEN_PERCENT = 'resnet18-tiny_1xb32-linear-steplr-10e_fashion-mnist-10percent'


@pytest.fixture(scope='module')
def data(tmp_path_factory, fashion_mnist_root):
    """64 and 32 images, a list of 20, and label sets: 2 of 32 are empty."""
    toy = tmp_path_factory.mktemp('toy')
    (toy / 'fashion-mnist').mkdir()
    labels = [[i % 10] for i in range(32)]
    labels[3] = labels[7] = []
    (toy / 'fashion-mnist' / 'real.json').write_text(json.dumps(labels))
    # The other files are shared with tests that look at the whole folder.
    root = tmp_path_factory.mktemp('fashion')
    for file in fashion_mnist_root.iterdir():
        (root / file.name).symlink_to(file)
    (root / 'meta').mkdir()
    lines = ''.join(f'{i} {i % 10}\n' for i in range(0, 60, 3))
    (root / 'meta' / 'train_10percent.txt').write_text(lines)
    return dict(DATA_ROOT=str(root), TOY_DATA_ROOT=str(toy))


@pytest.fixture(scope='module')
def checkpoints(tmp_path_factory):
    """What pretraining leaves, by the name of the backbone."""
    folder = tmp_path_factory.mktemp('pretrained')
    return dict(
        resnet18=save_pretrained(folder / 'resnet18.pth'),
        swin=save_pretrained(folder / 'swin.pth', MOBY, 'moby'),
    )


def transfer(stem, checkpoint, *arguments, tmp_path, **kwargs):
    return call(
        main_of('transfer.py'),
        *(TWINS / f'{stem}.py', checkpoint, '--work-dir', 'out'),
        *arguments,
        cwd=tmp_path,
        **kwargs,
    )


def results(tmp_path):
    return json.loads((tmp_path / 'out' / 'results.json').read_text())


@pytest.mark.parametrize(
    'stem',
    sorted(x.stem for x in TWINS.glob('*.py') if 'percent' not in x.stem),
)
def test_every_twin_runs(stem, checkpoints, data, tmp_path):
    if 'knn' in stem:
        pytest.skip('of tools/knn.py, tested there')
    checkpoint = checkpoints[stem.split('-')[0]]
    out = transfer(
        stem,
        checkpoint,
        *('--cfg-options', 'train_cfg.max_epochs=2'),
        'train_dataloader.batch_size=32',
        tmp_path=tmp_path,
        **data,
    )
    found = results(tmp_path)
    names = {'accuracy/top1', 'accuracy/top5', 'real/top1'}
    assert set(found['metrics']) == set(found['metrics_last']) == names
    assert found['best_epoch'] in (1, 2)
    (best,) = (tmp_path / 'out').glob('best_*.pth')
    assert best.stem == f'best_accuracy_top1_epoch_{found["best_epoch"]}'
    assert found['metrics']['accuracy/top1'] == pytest.approx(
        max(float(x) for x in validated(tmp_path))
    )
    assert '30 images, 2 without a label left out' in out
    frozen = 'linear' in stem
    assert found['verified']['frozen'] == frozen
    assert ('the frozen backbone is unchanged' in out) == frozen
    given = torch.load(checkpoint, weights_only=False)['state_dict']
    trained = torch.load(best, weights_only=False)['state_dict']
    changed = [
        name
        for name, tensor in trained.items()
        if name.startswith('backbone.')
        and not torch.equal(tensor, given[name])
    ]
    # Statistics of norm layers are among these tensors.
    assert bool(changed) == (not frozen), changed


def validated(tmp_path):
    """Top-1 after each epoch, from the log."""
    (scalars,) = (tmp_path / 'out').glob('*/vis_data/scalars.json')
    lines = map(json.loads, scalars.read_text().splitlines())
    return [x['accuracy/top1'] for x in lines if 'accuracy/top1' in x]


def test_a_list_of_labelled_images(checkpoints, data, tmp_path):
    out = transfer(
        TEN_PERCENT,
        checkpoints['resnet18'],
        *('--cfg-options', 'train_cfg.max_epochs=1'),
        'train_dataloader.batch_size=5',
        'default_hooks.logger.interval=1',
        tmp_path=tmp_path,
        **data,
    )
    assert '[1][4/4]' in out  # 20 images
    listed = results(tmp_path)['train_list']
    assert listed['file'] == 'train_10percent.txt' and listed['images'] == 20
    assert len(listed['sha256']) == 64


def test_killed_before_the_best_epoch_was_validated(
    checkpoints, data, tmp_path, monkeypatch
):
    """It was saved: it is validated when the run goes on, and counts."""
    given = (LINEAR, checkpoints['resnet18'])
    options = (
        *('--cfg-options', 'train_cfg.max_epochs=1'),
        *('train_dataloader.batch_size=32', 'default_hooks.logger.interval=1'),
    )
    with monkeypatch.context() as patch:
        patch.setattr(ValLoop, 'run', lambda loop: 1 / 0)
        out = transfer(*given, *options, ok=False, tmp_path=tmp_path, **data)
    assert 'ZeroDivisionError' in out
    assert (tmp_path / 'out' / 'epoch_1.pth').is_file()
    assert not list((tmp_path / 'out').glob('best_*'))
    transfer(*given, '--resume', *options, tmp_path=tmp_path, **data)
    assert results(tmp_path)['best_epoch'] == 1


def test_the_best_epoch_is_tested_again(checkpoints, data, tmp_path):
    """--test-only takes the best checkpoint, not the latest."""
    given = (FINE_TUNE, checkpoints['resnet18'])
    options = ('--cfg-options', 'train_cfg.max_epochs=3')
    transfer(*given, *options, tmp_path=tmp_path, **data)
    found = results(tmp_path)
    transfer(*given, '--test-only', *options, tmp_path=tmp_path, **data)
    again = results(tmp_path)
    for key in ('metrics', 'metrics_last', 'best_epoch'):
        assert again[key] == found[key] is not None


@pytest.mark.parametrize(
    'stem',
    [
        'resnet50_8xb128-linear-steplr-100e_in1k',
        'resnet50_8xb128-coslr-50e_in1k',
    ],
)
def test_imagenets_own_configs_run_on_files(stem, imagenet):
    """Full size, eight JPEGs, one step."""
    call(
        main_of('transfer.py'),
        *(REPO / 'configs' / 'imagenet' / f'{stem}.py', 'random'),
        *('--work-dir', 'out', '--cfg-options', 'train_cfg.max_epochs=1'),
        *('train_dataloader.batch_size=8', 'train_dataloader.num_workers=0'),
        *('val_dataloader.num_workers=0', 'test_dataloader.num_workers=0'),
        'train_dataloader.persistent_workers=False',
        'val_dataloader.persistent_workers=False',
        'test_dataloader.persistent_workers=False',
        'test_evaluator.1.label_file=None',
        cwd=imagenet,
    )
    found = results(imagenet)
    assert set(found['metrics']) == {'accuracy/top1', 'accuracy/top5'}
    assert found['best_epoch'] == 1 and found['name'] == stem


@pytest.mark.parametrize('stem', [LINEAR, SWIN])
def test_a_linear_classifier_on_cached_features(
    stem,
    checkpoints,
    data,
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
    checkpoints,
    data,
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
