"""What is written beside a run that was killed does not end it."""

import json

import pytest
from conftest import REPO
from mmengine.runner import EpochBasedTrainLoop
from tool_calls import call, main_of

from regioncl_mm.report.results import find_results

CONFIG = (
    REPO / 'configs' / 'quickstart' / 'evaluation' / 'resnet18-tiny_1xb256-'
    'linear-steplr-10e_fashion-mnist.py'
)
OPTIONS = (
    *('--cfg-options', 'train_cfg.max_epochs=2'),
    *('train_dataloader.batch_size=32', 'test_evaluator.1.label_file=None'),
    *(
        'default_hooks.checkpoint.interval=1',
        'default_hooks.logger.interval=1',
    ),
)


@pytest.fixture
def killed(fashion_mnist_root, tmp_path, monkeypatch):
    """A run that was killed in the second of two epochs; calls of tools in
    its folder, and the run's own."""

    def tool(name, *arguments, **kwargs):
        given = (CONFIG, 'random', *arguments)
        data = dict(DATA_ROOT=str(fashion_mnist_root))
        return call(main_of(name), *given, cwd=tmp_path, **kwargs, **data)

    def run_epoch(loop):
        if loop.epoch == 1:
            raise KeyboardInterrupt
        whole_epoch(loop)

    whole_epoch = EpochBasedTrainLoop.run_epoch
    with monkeypatch.context() as patch:
        patch.setattr(EpochBasedTrainLoop, 'run_epoch', run_epoch)
        with pytest.raises(KeyboardInterrupt):
            tool('transfer.py', *OPTIONS)
    folder = tmp_path / 'work_dirs' / 'transfer' / CONFIG.stem
    assert (folder / 'random' / 'epoch_1.pth').is_file()
    return tool, folder


def results(folder):
    return json.loads((folder / 'results.json').read_text())


def test_neighbours_have_a_folder_of_their_own(killed):
    tool, folder = killed
    tool('knn.py', '--k', 5)
    tool('knn.py', '--k', 5, 20, '--vote', 'majority')
    out = tool('knn.py', '--work-dir', folder / 'random', ok=False)
    assert 'random holds a run of transfer.py' in out
    out = tool('transfer.py', '--resume', *OPTIONS)
    assert 'Epoch(train) [2][' in out and 'Epoch(train) [1][' not in out
    names = {
        'random': {'accuracy/top1', 'accuracy/top5'},
        'random-knn5-weighted0.07': {'knn5'},
        'random-knn5-20-majority': {'knn5', 'knn20'},
    }
    assert {x.name for x in folder.iterdir()} == {*names}
    for name, metrics in names.items():
        assert set(results(folder / name)['metrics']) == metrics


def test_neighbours_in_its_folder_as_earlier_versions_left_them(killed):
    tool, folder = killed
    tool('knn.py', '--k', 5, '--work-dir', 'knn')
    (folder.parents[2] / 'knn' / 'results.json').rename(
        folder / 'random' / 'results.json'
    )
    out = tool('transfer.py', '--resume', *OPTIONS)
    assert 'Epoch(train) [2][' in out
    assert 'accuracy/top1' in results(folder / 'random')['metrics']


def test_a_test_does_not_end_it(killed):
    tool, folder = killed
    tool('transfer.py', '--test-only', *OPTIONS)
    assert results(folder / 'random')['trained'] is False
    found, (warning,) = find_results([folder])
    assert not found and 'its training is not finished' in warning
    out = tool('transfer.py', '--resume', *OPTIONS)
    assert 'Epoch(train) [2][' in out
    trained = results(folder / 'random')
    assert trained['trained'] and trained['best_epoch'] in (1, 2)
    # A test of what is finished leaves it finished.
    tool('transfer.py', '--test-only', *OPTIONS)
    assert results(folder / 'random')['trained']
    out = tool('transfer.py', '--resume', *OPTIONS)
    assert 'finished before' in out
