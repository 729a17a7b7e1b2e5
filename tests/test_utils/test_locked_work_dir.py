"""One run at a time in a folder, and none among another's checkpoints."""

import errno
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from regioncl_mm.utils import work_dir as module
from regioncl_mm.utils.files import write_json
from regioncl_mm.utils.work_dir import LOCK, have_unused, work_dir_locked


def hold(folder, ready):
    """Hold a folder, with a child as the worker of a data loader is one."""
    os.setsid()
    with work_dir_locked(folder):
        if os.fork():
            ready.set()
        time.sleep(60)


@pytest.fixture
def held(tmp_path):
    """Another process, which holds a folder and has a child."""
    fork = multiprocessing.get_context('fork')
    ready = fork.Event()
    process = fork.Process(target=hold, args=(tmp_path / 'run', ready))
    process.start()
    assert ready.wait(60)
    yield process
    os.killpg(process.pid, signal.SIGKILL)


def test_a_second_run_is_refused_in_one_line(held, tmp_path):
    with pytest.raises(ValueError) as refused:
        with work_dir_locked(tmp_path / 'run'):
            pass
    said = str(refused.value)
    assert '\n' not in said
    assert f'host {socket.gethostname()}, pid {held.pid}, since 2' in said
    with work_dir_locked(tmp_path / 'another'):
        pass


def test_the_lock_of_a_killed_process_does_not_hinder(held, tmp_path):
    """Nor does a worker of its data loader that still lives."""
    os.kill(held.pid, signal.SIGKILL)
    held.join()
    os.killpg(held.pid, 0)  # the child is there
    with work_dir_locked(tmp_path / 'run'):
        pass


def test_it_is_free_afterwards_whatever_happened(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), work_dir_locked(tmp_path):
            raise KeyError
    with work_dir_locked(tmp_path):
        with pytest.raises(ValueError, match='in use by another run'):
            with work_dir_locked(tmp_path):
                pass


@pytest.fixture
def no_locks(monkeypatch):
    """A file system that has none."""

    def flock(descriptor, how):
        raise OSError(errno.ENOLCK, 'No locks available')

    monkeypatch.setattr(module.fcntl, 'flock', flock)


def test_without_locks_a_run_of_this_machine_is_found(no_locks, tmp_path):
    with work_dir_locked(tmp_path):
        pass
    with subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1) as one:
        owner = dict(host=socket.gethostname(), pid=one.pid, start='then')
        write_json(tmp_path / LOCK, owner)
        with pytest.raises(ValueError, match=f'pid {one.pid}, since then'):
            with work_dir_locked(tmp_path):
                pass
        one.communicate(b'\n')
    with work_dir_locked(tmp_path):  # it is dead
        pass
    write_json(tmp_path / LOCK, dict(owner, host='another', pid=os.getpid()))
    with work_dir_locked(tmp_path):  # nobody can tell
        pass


def test_a_new_run_does_not_begin_among_checkpoints(tmp_path):
    assert have_unused(tmp_path, anew=False) == []
    (tmp_path / '20260101_120000').mkdir()
    assert have_unused(tmp_path, anew=False) == []
    names = ('last_checkpoint', 'epoch_1.pth', 'best_a_epoch_1.pth')
    for name in names:
        (tmp_path / name).write_text(name)
    with pytest.raises(ValueError) as refused:
        have_unused(tmp_path, anew=False)
    said = str(refused.value)
    assert '(last_checkpoint and 2 more)' in said and '\n' not in said
    for option in ('--resume', '--work-dir', '--anew'):
        assert option in said
    assert (tmp_path / 'epoch_1.pth').read_text() == 'epoch_1.pth'


def test_what_is_in_the_way_is_moved_and_not_lost(tmp_path):
    (tmp_path / 'iter_7.pth').write_text('seven')
    (said,) = have_unused(tmp_path, anew=True)
    (folder,) = tmp_path.glob('earlier_*')
    assert said == f'moved iter_7.pth of an earlier run to {folder}'
    assert (folder / 'iter_7.pth').read_text() == 'seven'
    assert have_unused(tmp_path, anew=False) == []
