"""The first downstream task installs its libraries, or says how."""

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from regioncl_mm.install import NotInstalledError, downstream
from regioncl_mm.install import require_libraries as require
from regioncl_mm.install.pip_calls import InstallError


@pytest.fixture
def here(monkeypatch, tmp_path):
    """An environment in which mmseg is missing until it is installed."""

    class Here:
        missing, installs, error = ['mmseg'], [], None

        def install(self, stages, log, say):
            if self.error:
                raise self.error
            self.installs.append(stages)
            self.missing = []

    here = Here()
    here.installs = []
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    monkeypatch.setattr(
        downstream, 'missing_libraries', lambda config: here.missing
    )
    monkeypatch.setattr(downstream, 'install_stages', here.install)
    monkeypatch.setattr(downstream, 'import_once', lambda log: None)
    for name in ('REGIONCL_NO_INSTALL', *downstream._LOCAL_RANKS):
        monkeypatch.delenv(name, raising=False)
    return here


def test_what_is_missing_is_installed_once_and_said(here, tmp_path, capsys):
    require('config.py')
    require('config.py')
    assert here.installs == [['downstream']]
    said = capsys.readouterr().out
    assert f'mmseg is not installed: installing into {tmp_path}' in said
    assert '--no-install' in said


def test_nothing_is_said_where_nothing_is_missing(here, capsys):
    here.missing = []
    require('config.py', install=False)
    assert here.installs == [] and capsys.readouterr().out == ''


@pytest.mark.parametrize('by', ['argument', 'environment'])
def test_no_install_names_the_command(here, monkeypatch, by):
    here.missing = ['mmdet', 'mmseg']
    if by == 'environment':
        monkeypatch.setenv('REGIONCL_NO_INSTALL', '1')
    with pytest.raises(NotInstalledError) as caught:
        require('config.py', install=by != 'argument')
    assert 'mmdet and mmseg are not installed' in str(caught.value)
    assert f'type: {downstream.command()}' in str(caught.value)
    assert here.installs == []


def test_the_command_is_the_checkout_s_where_it_made_the_environment(
    here, tmp_path, monkeypatch
):
    assert downstream.command() == (
        f'{sys.executable} -m regioncl_mm.install downstream'
    )
    (tmp_path / 'regioncl_mm.stamp').touch()
    script = downstream.PACKAGE.parent / 'tools' / 'install.sh'
    assert downstream.command() == (
        f'REGIONCL_VENV={tmp_path} bash {script} --downstream'
    )
    monkeypatch.setattr(
        downstream, 'PACKAGE', tmp_path / 'checkout' / 'regioncl_mm'
    )
    (tmp_path / 'checkout' / 'tools').mkdir(parents=True)
    (tmp_path / 'checkout' / 'tools' / 'install.sh').touch()
    (tmp_path / 'checkout' / '.venv').symlink_to(tmp_path)
    assert downstream.command().startswith('bash ')


def test_a_failure_says_why_and_names_the_command(here):
    here.error = InstallError('the package index cannot be reached')
    with pytest.raises(NotInstalledError) as caught:
        require('config.py')
    assert 'mmseg is not installed: the package index' in str(caught.value)
    assert downstream.command() in str(caught.value)


def test_an_environment_that_cannot_be_written_is_an_error(
    here, monkeypatch, tmp_path
):
    monkeypatch.setattr(sys, 'prefix', str(tmp_path / 'none'))
    with pytest.raises(NotInstalledError, match='regioncl_mm.lock'):
        require('config.py')


@pytest.mark.parametrize('name', downstream._LOCAL_RANKS)
def test_other_processes_wait_for_the_first(here, monkeypatch, name):
    monkeypatch.setenv(name, '1')
    impatient = SimpleNamespace(time=time.time, sleep=lambda seconds: None)
    monkeypatch.setattr(downstream, 'time', impatient)
    first = threading.Timer(0.2, here.install, ([], None, None))
    first.start()
    require('config.py')
    assert here.installs == [[]]  # not by this process


def test_waiting_ends(here, monkeypatch):
    monkeypatch.setenv('LOCAL_RANK', '1')
    monkeypatch.setattr(downstream, 'WAIT_SECONDS', 0)
    with pytest.raises(NotInstalledError, match='has not ended'):
        require('config.py')


def test_a_process_that_comes_late_to_the_lock_installs_nothing(here):
    with downstream._lock():
        late = threading.Thread(target=require, args=('config.py',))
        late.start()
        here.missing = []
    late.join()
    assert here.installs == []


def test_what_was_installed_is_imported_once_unseen(
    tmp_path, monkeypatch, capfd
):
    """As mmdet's docstrings: a warning the first time, and none later."""
    for name in ('mmdet', 'mmseg', 'mmpose'):
        (tmp_path / name).mkdir()
        for module in ('__init__', 'models'):
            (tmp_path / name / f'{module}.py').touch()
    (tmp_path / 'regioncl_mm.py').touch()
    source = tmp_path / 'mmdet' / 'models.py'
    source.write_text("print('imported')\nvalue = '\\i'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    monkeypatch.setenv('PYTHONDONTWRITEBYTECODE', '1')
    log = tmp_path / 'install.log'
    downstream.import_once(log)
    assert log.read_text() == 'imported\n'
    assert [*source.parent.glob('__pycache__/models.*.pyc')]
    assert capfd.readouterr() == ('', '')
    source.write_text('raise ImportError("torn")')
    with pytest.raises(InstallError, match='does not import'):
        downstream.import_once(log)
    assert 'ImportError: torn' in log.read_text()
