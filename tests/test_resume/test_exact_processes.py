"""As test_exact.py, with two processes on gloo that are started once."""

import os
from pathlib import Path

import pytest
from mmengine.registry import init_default_scope
from processes import joined, start
from resumed_runs import EVERYDAY, STEMS, assert_same, config_of, last, train

OTHERS = tuple(stem for stem in STEMS if stem not in EVERYDAY)


def work(rank, folder):
    with joined(rank, 2, folder):
        init_default_scope('mmpretrain')
        os.environ['LOCAL_RANK'] = str(rank)
        for stem in Path(folder, 'stems').read_text().split():
            for name, kill_in in dict(whole=None, killed=3).items():
                cfg = config_of(
                    stem,
                    Path(folder, stem, name),
                    launcher='pytorch',
                    **{
                        'train_cfg.max_epochs': 2,
                        'default_hooks.checkpoint.interval': 3,
                    },
                )
                train(cfg, kill_in)
            cfg.custom_hooks.pop()  # the one that kills
            train(cfg, resume=True)


def train_all(stems, root, folder):
    """Run these methods whole and killed, in folders of their names."""
    (folder / 'stems').write_text(' '.join(stems))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv('DATA_ROOT', str(root))
        start(work, folder, 2)


def check(folder, stem):
    (name, expected), (same_name, found) = (
        last(folder / stem / kind) for kind in ('whole', 'killed')
    )
    # Forty images are two steps of two processes: two epochs, two windows.
    assert name == same_name == 'iter_4.pth'
    assert_same(found, expected)


@pytest.fixture(scope='module')
def chosen(fashion_mnist_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp('resumed')
    train_all(EVERYDAY, fashion_mnist_root, folder)
    return folder


@pytest.mark.parametrize('stem', EVERYDAY)
def test_two_processes_killed_in_the_middle_of_a_window(stem, chosen):
    check(chosen, stem)


@pytest.mark.long
def test_two_processes_of_all_other_methods(fashion_mnist_root, tmp_path):
    train_all(OTHERS, fashion_mnist_root, tmp_path)
    for stem in OTHERS:
        check(tmp_path, stem)
