"""tools/dist_train.sh in two processes that are signalled, or hang."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import QUICKSTART, REPO
from mmengine.config import Config
from processes import free_port

HOOKS = """
import os, time
from pathlib import Path
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

@HOOKS.register_module()
class Say(Hook):
    '''Leaves a mark at its third step, and may hang in it.'''
    def __init__(self, out, hang=False):
        self.out, self.hang = out, hang

    def before_train_iter(self, runner, **kwargs):
        if runner.iter == 2:
            Path(self.out, f'{get_rank()}').write_text(str(os.getpid()))
            if self.hang and get_rank() == 1:
                time.sleep(600)
        time.sleep(0.1)
"""


@pytest.fixture
def training(fashion_mnist_root, tmp_path, monkeypatch):
    """Starts the script; four steps an epoch, a hundred epochs."""
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    (tmp_path / 'say.py').write_text(HOOKS)
    started, port = [], free_port()

    def start(restarts=0, said='said', processes=2, nodes=1, **hook):
        cfg = Config.fromfile(REPO / QUICKSTART)
        cfg.custom_imports.imports.append('say')
        cfg.custom_hooks = [dict(type='Say', out=str(tmp_path), **hook)]
        cfg.merge_from_dict(
            {
                'train_cfg.max_epochs': 100,
                'train_dataloader.batch_size': 8,
                'default_hooks.rank_watch.timeout': 5,
                'default_hooks.checkpoint.interval': 1,
            }
        )
        cfg.dump(tmp_path / 'config.py')
        process = subprocess.Popen(
            [
                *('bash', REPO / 'tools' / 'dist_train.sh'),
                *(tmp_path / 'config.py', str(processes), '--resume'),
                *('--work-dir', tmp_path / 'out'),
            ],
            env={
                **os.environ,
                'OMP_NUM_THREADS': '1',
                'PYTHON': sys.executable,
                'PYTHONPATH': f'{tmp_path}:{os.environ.get("PYTHONPATH", "")}',
                'PORT': str(port),
                'NNODES': str(nodes),
                'MAX_RESTARTS': str(restarts),
            },
            stdout=open(tmp_path / said, 'w'),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pid in pids(tmp_path):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def pids(folder):
    """Of the ranks that have come to the third step."""
    marks = [x for x in (folder / '0', folder / '1') if x.exists()]
    # A mark is there for a moment before anything is written in it.
    return [int(text) for text in map(Path.read_text, marks) if text]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def parent(pid):
    status = Path(f'/proc/{pid}/status').read_text()
    return int(status.split('PPid:')[1].split()[0])


def both(folder):
    return ''.join((folder / x).read_text() for x in ('said', 'second'))


def until(true, seconds=120):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, 'it has not come to that'
        time.sleep(0.1)


def wait_for_steps(process, folder):
    while len(pids(folder)) < 2:
        if process.poll() is not None:
            pytest.fail((folder / 'said').read_text())
        time.sleep(0.1)


@pytest.mark.parametrize(
    'number',
    [
        signal.SIGUSR1,
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
    ],
)
def test_a_signal_to_the_script_has_the_ranks_save(training, tmp_path, number):
    process = training()
    wait_for_steps(process, tmp_path)
    process.send_signal(number)
    assert process.wait(60) == 85, (tmp_path / 'said').read_text()
    assert not any(map(alive, pids(tmp_path)))
    said = (tmp_path / 'said').read_text()
    assert said.count(f'{signal.Signals(number).name}: stopped after') == 1
    assert 'Traceback' not in said
    name = Path((tmp_path / 'out' / 'last_checkpoint').read_text()).name
    saved = torch.load(tmp_path / 'out' / name, weights_only=False)
    step = saved['meta']['iter']
    assert step >= 3 and f'after step {step}, saved {name}' in said
    assert saved['state_dict']['queue_ptr'].item() == step * 16 % 4096


@pytest.mark.long
def test_a_signal_to_one_rank_is_enough(training, tmp_path):
    """And the launcher does not take the end for a failure."""
    process = training(restarts=1)
    wait_for_steps(process, tmp_path)
    os.kill(pids(tmp_path)[1], signal.SIGUSR1)
    assert process.wait(60) == 85, (tmp_path / 'said').read_text()
    assert (tmp_path / 'said').read_text().count('SIGUSR1: stopped') == 1


@pytest.mark.long
def test_a_launcher_that_is_killed_leaves_no_ranks(training, tmp_path):
    process = training()
    wait_for_steps(process, tmp_path)
    process.kill()
    until(lambda: not any(map(alive, pids(tmp_path))))
    assert ') has ended: so does the rank' in (tmp_path / 'said').read_text()


@pytest.mark.long
def test_a_rank_that_dies_is_started_anew(training, tmp_path):
    """With the others, from the last checkpoint."""
    process = training(restarts=1)
    wait_for_steps(process, tmp_path)
    said = tmp_path / 'said'
    until(lambda: 'Saving checkpoint at 1 epochs' in said.read_text())
    os.kill(pids(tmp_path)[1], signal.SIGKILL)
    until(lambda: 'going on from' in said.read_text())
    until(lambda: 'Epoch(train)' in said.read_text().split('going on from')[1])
    process.terminate()
    assert process.wait(60) == 85, said.read_text()


@pytest.mark.long
def test_a_machine_that_is_lost_leaves_the_run_to_the_other(
    training, tmp_path
):
    """Elastic restart: with half the batch, which the log says."""
    first, second = (
        training(restarts=3, said=name, processes=1, nodes='1:2')
        for name in ('said', 'second')
    )
    wait_for_steps(first, tmp_path)
    said = tmp_path / 'said'
    until(lambda: 'Saving checkpoint at 1 epochs' in both(tmp_path))
    ours = {pid for pid in pids(tmp_path) if parent(pid) == first.pid}
    (theirs,) = set(pids(tmp_path)) - ours
    second.kill()
    os.kill(theirs, signal.SIGKILL)
    until(lambda: 'An update has 8 images instead of 16' in said.read_text())
    until(lambda: 'Epoch(train)' in said.read_text().split('instead of')[-1])
    first.terminate()
    assert first.wait(60) == 85, said.read_text()


@pytest.mark.long
def test_a_machine_s_signal_ends_the_scripts_of_all(training, tmp_path):
    scripts = [
        training(restarts=2, said=name, processes=1, nodes='1:2')
        for name in ('said', 'second')
    ]
    wait_for_steps(scripts[0], tmp_path)
    scripts[1].send_signal(signal.SIGUSR1)
    assert [x.wait(90) for x in scripts] == [85, 85], both(tmp_path)


def test_a_rank_that_hangs_ends_the_run_by_name(training, tmp_path):
    process = training(hang=True)
    assert process.wait(110) == 1
    said = (tmp_path / 'said').read_text()
    pid = pids(tmp_path)[1]
    assert f', pid {pid}) ' in said and 'say.py' in said
    assert ' step 3, at ' in said and 'and the others wait' in said
    assert not any(map(alive, pids(tmp_path)))
    (log,) = (tmp_path / 'out').glob('*/*.log')
    assert 'and the others wait' in log.read_text()
