"""A run that is resumed under other conditions is right, or refused."""

import math
import re
import shutil
from pathlib import Path

import pytest
import torch
from resumed_runs import config_of, last, train

from regioncl_mm.checkpoints.training import load_from_local
from regioncl_mm.hooks import ResumeHook

RATE = 0.12
KILLED_IN = 7  # the second step of the second of four epochs of five
SCHEDULE = dict(
    type='CosineAnnealingLR',
    T_max=4,
    by_epoch=True,
    end=4,
    convert_to_iter_based=True,
)
PLAIN = {
    'optim_wrapper.accumulative_counts': 1,
    'optim_wrapper.optimizer.lr': RATE,
    'train_cfg.max_epochs': 4,
    'param_scheduler': [SCHEDULE],
    'auto_scale_lr.base_batch_size': 16,
}


def config(stem, work_dir, **changes):
    return config_of(stem, work_dir, **{**PLAIN, **changes})


def option(**changes):
    """Settings of the names of keywords, with dots for double underscores."""
    return {k.replace('__', '.'): v for k, v in changes.items()}


@pytest.fixture(scope='module')
def killed(fashion_mnist_root, tmp_path_factory):
    """Folders by method, with the checkpoint of a run that was killed."""
    folder = tmp_path_factory.mktemp('killed')
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv('DATA_ROOT', str(fashion_mnist_root))
        for stem in ('regioncl-m', 'regioncl-m3'):
            train(config(stem, folder / stem), kill_in=KILLED_IN)
    return folder


@pytest.fixture
def data(fashion_mnist_root, monkeypatch):
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))


@pytest.fixture
def resume(killed, tmp_path, data):
    """Goes on with other settings, and returns the runner."""

    def go_on(stem='regioncl-m3', kill_in=None, other=None, **changes):
        checkpoint = tmp_path / f'iter_{KILLED_IN}.pth'
        shutil.copy(killed / stem / checkpoint.name, checkpoint)
        cfg = config(other or stem, tmp_path / 'resumed', **option(**changes))
        return train(cfg, kill_in, resume=checkpoint)

    return go_on


def cosine(iteration, iterations, rate=RATE):
    return rate * (1 + math.cos(math.pi * iteration / iterations)) / 2


def rate_of(runner):
    return runner.optim_wrapper.get_lr()['lr'][0]


HALF = dict(train_dataloader__batch_size=4)
LONGER = dict(
    train_cfg__max_epochs=8, param_scheduler=[dict(SCHEDULE, T_max=8, end=8)]
)


@pytest.mark.parametrize(
    'changes, iteration, iterations, rate',
    [
        # Sixteen images into an epoch are four batches of four.
        (HALF, 14, 40, RATE),
        (dict(train_dataloader__batch_size=10), 5, 16, RATE),
        (LONGER, 7, 40, RATE),
        ({**HALF, **LONGER}, 14, 80, RATE),
        (dict(optim_wrapper__optimizer__lr=0.03), 7, 20, 0.03),
        (dict(auto_scale_lr__enable=True), 7, 20, RATE / 2),
        (dict(auto_scale_lr__enable=True, **HALF), 14, 40, RATE / 4),
    ],
)
def test_the_rate_is_that_of_the_whole_run_there(
    changes, iteration, iterations, rate, resume
):
    runner = resume(kill_in=iteration, **changes)
    assert rate_of(runner) == pytest.approx(
        cosine(iteration, iterations, rate)
    )
    assert (runner.epoch, runner.iter) == (1, iteration)
    # The momentum's cosine keeps its share of the run.
    assert runner.model.momentum_encoder.steps == iteration
    assert runner.max_iters == iterations


def test_weight_decay_is_that_of_the_config(resume):
    runner = resume(kill_in=7, optim_wrapper__optimizer__weight_decay=0.5)
    (group, *_) = runner.optim_wrapper.param_groups
    assert group['weight_decay'] == 0.5
    assert rate_of(runner) == pytest.approx(cosine(7, 20))


def test_nothing_is_wound_forward_without_a_change(resume, monkeypatch):
    monkeypatch.setattr('regioncl_mm.resume.translate.wind_forward', None)
    assert rate_of(resume(kill_in=7)) == pytest.approx(cosine(7, 20))


def test_an_epoch_goes_on_at_the_same_image(resume, monkeypatch):
    begun = []

    def begin(loader, seed, epoch, batch):
        begun.append((seed, epoch, batch))
        return batch

    monkeypatch.setattr('regioncl_mm.resume.loops.begin', begin)
    resume(kill_in=14, **HALF)
    assert begun == [(3, 1, 4)]


@pytest.mark.parametrize(
    'stem, changes, accept, words',
    [
        (
            'regioncl-m',
            dict(model__queue_len=24),
            'model',
            '`model.queue_len` was 32, and is 24',
        ),
        (
            'regioncl-m',
            dict(model__head__temperature=0.3),
            'model',
            '`model.head.temperature` was 0.2, and is 0.3',
        ),
        (
            'regioncl-m',
            dict(other='regioncl-d'),
            'model',
            '`algorithm` was RegionCLM, and is RegionCLD',
        ),
        (
            'regioncl-m3',
            dict(train_dataloader__dataset__indices=32),
            'data',
            '`images` was 40, and is 32',
        ),
        (
            'regioncl-m3',
            dict(train_dataloader__dataset__indices=list(range(20, 60))),
            'data',
            '`files` has changed',
        ),
        (
            'regioncl-m',
            dict(
                optim_wrapper__optimizer=dict(
                    _delete_=True, type='Adagrad', lr=0.1
                )
            ),
            'optimizer',
            '`optimizer` was SGD, and is Adagrad',
        ),
    ],
)
def test_another_run_is_refused(stem, changes, accept, words, resume):
    with pytest.raises(ValueError, match=re.escape(words)) as raised:
        resume(stem, **changes)
    accepting = f'default_hooks.resume.accept={accept}`'
    assert accepting in str(raised.value)
    assert '\n' not in str(raised.value)


def said(runner):
    (path,) = Path(runner.log_dir).glob('*.log')
    return path.read_text()


@pytest.mark.parametrize(
    'stem, changes, words',
    [
        (
            'regioncl-m',
            HALF,
            'An update has 4 images instead of 8; the rate stays 0.12, where '
            'the linear rule has 0.06 (--auto-scale-lr); the queue of 32 keys '
            'is filled anew in 8 steps instead of 4',
        ),
        (
            'regioncl-m3',
            dict(auto_scale_lr__enable=True, **HALF),
            'An update has 4 images instead of 8; the rate is 0.03 instead of '
            '0.12\n',
        ),
        ('regioncl-m3', LONGER, 'An update has 8 images, as before\n'),
    ],
)
def test_the_log_says_what_becomes_of_batch_rate_and_queue(
    stem, changes, words, resume
):
    """Twice the processes are twice the batch: only their product counts."""
    assert words in said(resume(stem, kill_in=14, **changes))


def test_a_faster_way_of_the_same_updates_is_the_same_run(resume):
    runner = resume(
        'regioncl-m', kill_in=7, optim_wrapper__optimizer__foreach=True
    )
    (group,) = runner.optim_wrapper.optimizer.param_groups
    assert group['foreach']
    assert '`foreach`' not in said(runner)


def test_an_accepted_queue_begins_anew(resume, killed):
    runner = resume(
        'regioncl-m',
        kill_in=7,
        model__queue_len=24,
        default_hooks__resume__accept='model',
    )
    assert runner.model.queue.shape[1] == 24
    assert runner.model.queue_ptr == 0
    assert 'begin anew: queue, queue_ptr' in said(runner)
    _, expected = last(killed / 'regioncl-m')
    for name, tensor in runner.model.state_dict().items():
        if 'queue' not in name:
            assert torch.equal(tensor, expected['state_dict'][name]), name


def test_accepted_data_of_another_length_keep_the_epoch(resume):
    """Two fifths of an epoch are one step of four."""
    runner = resume(
        kill_in=5,
        train_dataloader__dataset__indices=32,
        default_hooks__resume__accept=['data'],
    )
    assert (runner.epoch, runner.iter) == (1, 5)
    assert rate_of(runner) == pytest.approx(cosine(5, 16))


def test_an_accepted_optimizer_begins_without_a_state(resume):
    runner = resume(
        'regioncl-m',
        kill_in=7,
        optim_wrapper__optimizer=dict(_delete_=True, type='Adam', lr=RATE),
        default_hooks__resume__accept='model, optimizer',
    )
    assert type(runner.optim_wrapper.optimizer).__name__ == 'Adam'
    assert not runner.optim_wrapper.optimizer.state
    assert rate_of(runner) == pytest.approx(cosine(7, 20))


def test_what_cannot_be_accepted_is_named():
    with pytest.raises(ValueError, match='it has queue'):
        ResumeHook(accept='model,queue')


def test_a_checkpoint_without_conditions(killed, tmp_path, data):
    """As all were once: of one whose count does not fit the epochs the
    length of its epochs is known."""
    path = tmp_path / 'epoch_2.pth'
    content = load_from_local(
        str(killed / 'regioncl-m3' / f'iter_{KILLED_IN}.pth')
    )
    del content['resume']
    content['meta'].update(epoch=2, iter=10)
    torch.save(content, path)
    for batch_size, iteration in ((8, 10), (4, 20)):
        cfg = config(
            'regioncl-m3',
            tmp_path / str(batch_size),
            **{'train_dataloader.batch_size': batch_size},
        )
        runner = train(cfg, kill_in=iteration, resume=path)
        assert (runner.epoch, runner.iter) == (2, iteration)
        assert 'does not say what decided its run' in said(runner)
    assert rate_of(runner) == pytest.approx(cosine(20, 40))


def test_weights_that_are_loaded_begin_a_momentum_anew(killed, tmp_path, data):
    cfg = config('regioncl-m3', tmp_path)
    path = killed / 'regioncl-m3' / f'iter_{KILLED_IN}.pth'
    cfg.load_from = str(path)
    runner = train(cfg, kill_in=0)
    momentum = runner.model.momentum_encoder
    assert momentum.steps == momentum._steps == 1
    expected = load_from_local(str(path))['state_dict']
    for name, tensor in momentum.module.state_dict().items():
        saved = expected[f'momentum_encoder.module.{name}']
        assert torch.equal(tensor, saved), name
