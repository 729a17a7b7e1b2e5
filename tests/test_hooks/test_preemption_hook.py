import multiprocessing
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from regioncl_mm.utils.signals import ended_by_signals

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)


class SignalInStep(Hook):
    """Has this process signalled while a step is under way."""

    def __init__(self, step, *numbers):
        self.step, self.numbers = step, numbers

    def before_train_iter(self, runner, **kwargs):
        if runner.iter + 1 == self.step:
            for number in self.numbers:
                signal.raise_signal(number)


def run(cfg, step, *numbers, epochs=2, **changes):
    """The run's status and its runner; two steps an epoch."""
    cfg = Config(cfg.to_dict())
    cfg.custom_hooks = []
    cfg.merge_from_dict({'train_cfg.max_epochs': epochs, **changes})
    runner = Runner.from_cfg(cfg)
    runner.register_hook(SignalInStep(step, *(numbers or (signal.SIGTERM,))))
    try:
        runner.train()
    except SystemExit as end:
        return end.code, runner
    return 0, runner


def files(runner):
    return sorted(path.name for path in Path(runner.work_dir).glob('*.pth'))


def last(runner):
    return Path(runner.work_dir, 'last_checkpoint').read_text()


@pytest.mark.parametrize('number', SIGNALS)
def test_the_step_is_finished_and_saved(quickstart, number, caplog):
    before = [signal.getsignal(x) for x in SIGNALS]
    status, runner = run(quickstart, 3, number)
    assert status == 85
    assert files(runner) == ['epoch_1.pth', 'iter_3.pth']
    assert Path(last(runner)).name == 'iter_3.pth'
    saved = torch.load(last(runner), weights_only=False)
    assert (saved['meta']['epoch'], saved['meta']['iter']) == (1, 3)
    # Two views of 32 images a step, of which the queue keeps 48 keys.
    assert saved['state_dict']['queue_ptr'].item() == 3 * 32 % 48
    for name, tensor in runner.model.state_dict().items():
        assert torch.equal(tensor, saved['state_dict'][name]), name
    assert [signal.getsignal(x) for x in SIGNALS] == before
    (log,) = Path(runner.log_dir).glob('*.log')
    line = f'{signal.Signals(number).name}: stopped after step 3, saved iter_3'
    assert log.read_text().count(line) == 1


def test_at_the_end_of_an_epoch_the_epoch_is_saved_once(quickstart):
    status, runner = run(quickstart, 2)
    assert status == 85 and files(runner) == ['epoch_1.pth']
    saved = torch.load(last(runner), weights_only=False)
    assert (saved['meta']['epoch'], saved['meta']['iter']) == (1, 2)


def test_the_epoch_is_saved_where_the_run_would_not(quickstart):
    changes = {'default_hooks.checkpoint.interval': 10}
    status, runner = run(quickstart, 2, **changes)
    assert status == 85 and files(runner) == ['epoch_1.pth']


def test_steps_are_saved_once_in_a_run_that_counts_them(quickstart):
    changes = {
        'train_cfg': dict(by_epoch=False, max_iters=4),
        'default_hooks.checkpoint.by_epoch': False,
        'default_hooks.checkpoint.interval': 2,
        'param_scheduler': None,
    }
    quickstart.pop('train_cfg')
    status, runner = run(quickstart, 2, epochs=None, **changes)
    assert status == 85 and files(runner) == ['iter_2.pth']
    assert 'preempted' not in torch.load(last(runner), weights_only=False)


def test_a_run_in_its_last_step_ends_by_itself(quickstart):
    before = [signal.getsignal(x) for x in SIGNALS]
    status, runner = run(quickstart, 4)
    assert status == 0 and files(runner) == ['epoch_1.pth', 'epoch_2.pth']
    assert [signal.getsignal(x) for x in SIGNALS] == before


def test_what_was_saved_out_of_turn_is_deleted_after_the_next(quickstart):
    _, runner = run(quickstart, 3)
    status, runner = run(quickstart, 0, epochs=3, resume=True)
    assert status == 0 and 'iter_3.pth' not in files(runner)
    assert 'epoch_3.pth' in files(runner)


class Failing(Hook):
    """An error in the first step."""

    def before_train_iter(self, runner, **kwargs):
        raise ValueError('broken')


@pytest.mark.parametrize('by_epoch', [True, False])
def test_a_run_that_failed_listens_no_more(quickstart, by_epoch):
    before = [signal.getsignal(x) for x in SIGNALS]
    if not by_epoch:
        quickstart.pop('train_cfg')
        quickstart.train_cfg = dict(
            type='ResumableIterBasedTrainLoop', max_iters=4
        )
        quickstart.param_scheduler = None
    quickstart.custom_hooks = []
    runner = Runner.from_cfg(quickstart)
    runner.register_hook(Failing())
    with pytest.raises(ValueError, match='broken'):
        runner.train()
    assert [signal.getsignal(x) for x in SIGNALS] == before


def test_a_second_interrupt_ends_at_once(quickstart, monkeypatch):
    monkeypatch.setattr('regioncl_mm.utils.signals.SAME_SIGNAL_SECONDS', -1)
    with pytest.raises(KeyboardInterrupt):
        run(quickstart, 3, signal.SIGINT, signal.SIGINT)
    assert not Path(quickstart.work_dir, 'iter_3.pth').exists()


def test_a_second_request_ends_at_once_as_before_training(
    quickstart, monkeypatch
):
    """Even in the last step, which may be followed by an hour's work."""
    monkeypatch.setattr('regioncl_mm.utils.signals.SAME_SIGNAL_SECONDS', -1)
    preemption = dict(type='PreemptionHook')
    hooks = Config(dict(default_hooks=dict(preemption=preemption)))
    with ended_by_signals(hooks):
        status, runner = run(quickstart, 4, signal.SIGTERM, signal.SIGTERM)
        assert status == 85 and files(runner) == ['epoch_1.pth']
    with ended_by_signals(hooks):  # it is being saved
        quickstart.work_dir += '2'
        assert run(quickstart, 3, signal.SIGUSR1, signal.SIGTERM)[0] == 85
    assert (Path(quickstart.work_dir) / 'iter_3.pth').exists()


def test_one_interrupt_delivered_twice_is_one(quickstart):
    assert run(quickstart, 3, signal.SIGINT, signal.SIGINT)[0] == 85


def test_signals_to_workers_are_not_their_end(quickstart):
    """A scheduler signals all processes of a job."""

    class SignalWorkers(Hook):
        def after_train_iter(self, runner, batch_idx, **kwargs):
            if runner.iter == 0:
                (worker,) = multiprocessing.active_children()
                for number in SIGNALS:  # not from the parent itself
                    subprocess.run(['kill', f'-{number:d}', str(worker.pid)])
                time.sleep(0.3)
                assert worker.is_alive()

    cfg = Config(quickstart.to_dict())
    cfg.custom_hooks = []
    cfg.merge_from_dict(
        {
            'train_dataloader.num_workers': 1,
            'train_dataloader.batch_size': 8,
            'train_dataloader.prefetch_factor': 1,
        }
    )
    runner = Runner.from_cfg(cfg)
    runner.register_hook(SignalWorkers())
    runner.train()
    assert runner.iter == 8
