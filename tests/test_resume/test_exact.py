"""A run that was killed and resumed ends with the bits of the whole one."""

import pytest
from resumed_runs import EVERYDAY, STEMS, assert_same, config_of, last, train


@pytest.fixture(autouse=True)
def data(fashion_mnist_root, monkeypatch):
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))


@pytest.mark.parametrize(
    'stem',
    [
        pytest.param(x, marks=[] if x in EVERYDAY else pytest.mark.long)
        for x in STEMS
    ],
)
def test_killed_twice_in_the_middle_of_epochs_and_windows(stem, tmp_path):
    """Without workers, and in between with them. The checkpoint is of the
    seventh step: the second epoch's second, and the first of a window."""
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    train(config_of(stem, whole))
    train(config_of(stem, killed), kill_in=9)
    train(config_of(stem, killed, workers=2), 12, resume=True)
    train(config_of(stem, killed), resume=True)
    (name, expected), (same_name, found) = last(whole), last(killed)
    assert name == same_name == 'iter_15.pth'
    assert expected['scalars']['train/loss'].data[0].size == 15
    assert_same(found, expected)


def test_a_seed_that_was_drawn_is_used_again(tmp_path):
    def config(name, seed=None):
        changes = {
            'randomness.seed': seed,
            'train_cfg.max_epochs': 2,
            'default_hooks.checkpoint.interval': 4,
        }
        return config_of('regioncl-m', tmp_path / name, **changes)

    train(config('killed'), kill_in=6)
    train(config('killed'), resume=True)
    found = last(tmp_path / 'killed')[1]
    seed = found['place'][-1]
    train(config('whole', seed))
    assert_same(found, last(tmp_path / 'whole')[1])
