"""Stages are installed by pip; here a stand-in takes its place."""

import subprocess
import sys
from importlib.metadata import PathDistribution
from types import SimpleNamespace

import pytest

from regioncl_mm.install import (
    environment,
    packages,
    pip_calls,
    torch_builds,
)
from regioncl_mm.install.__main__ import main
from regioncl_mm.install.pip_calls import InstallError, explain


class Pip:
    """Notes how it is called, and ends as it is told to."""

    def __init__(self):
        self.calls, self.said = [], []
        self.config = self.builds = ''

    def run(self, command, stdout=None, timeout=None, **_):
        arguments = command[command.index('pip') + 1 :]
        if arguments[0] == '--isolated':
            self.asked = arguments
            arguments = arguments[1:]
        if arguments[0] == 'config':
            return SimpleNamespace(stdout=self.config)
        if arguments[0] == 'index':
            if self.builds == 'late':
                raise subprocess.TimeoutExpired(command, timeout)
            return SimpleNamespace(stdout=self.builds)
        (constraints,) = (
            after
            for option, after in zip(arguments, arguments[1:])
            if option == '--constraint'
        )
        with open(constraints) as file:
            self.calls.append((arguments, file.read().split()))
        said = self.said.pop(0) if self.said else ''
        stdout.write(said.encode())
        return SimpleNamespace(returncode=bool(said))


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with nothing installed, without a driver."""
    here = SimpleNamespace(pip=Pip(), has={}, said=[], driver=False, free=99)
    monkeypatch.delenv('TORCH', raising=False)
    monkeypatch.setattr(subprocess, 'run', here.pip.run)
    for module in (environment, packages, torch_builds):
        monkeypatch.setattr(module, 'installed', here.has.get)
    monkeypatch.setattr(torch_builds, 'may_have_gpu', lambda: here.driver)
    monkeypatch.setattr(packages, 'gigabytes_free', lambda: here.free)
    monkeypatch.setattr(packages, 'remove_torn', list)

    def install(*stages):
        log = tmp_path / 'log'
        packages.install_stages(stages, log, here.said.append)
        return here.pip.calls

    here.install = install
    return here


def test_everything_in_one_call_from_wheels(machine):
    machine.driver = True
    ((arguments, kept),) = machine.install('pretraining', 'downstream')
    assert arguments[:3] == ['install', '--only-binary', ':all:']
    assert 'mmcv-lite==2.1.0' in arguments and 'mmdet==3.3.0' in arguments
    wheels = [x.split('/')[-1] for x in arguments if x.endswith('.whl')]
    assert [x.split('-')[0] for x in wheels] == [
        'opencv_python',
        'xtcocotools',
        'chumpy',
    ]
    assert kept == []
    assert 'CUDA' in machine.said[0]


def test_without_a_driver_the_small_build_is_taken_where_there_is_one(
    machine,
):
    machine.pip.builds = 'torch (2.14.1+cpu)\nAvailable versions: 2.14.1+cpu'
    (torch, limits), (_, _) = machine.install('pretraining')
    assert 'setuptools>=70.1,<82' in limits
    address = torch[torch.index('--index-url') + 1]
    assert address == 'https://download.pytorch.org/whl/cpu'
    assert [x for x in torch if x.startswith('torch')] == [
        'torch>=2.1',
        'torchvision>=0.16',
    ]


def test_the_index_is_asked_through_the_user_s_proxy(machine):
    machine.pip.config = "global.proxy='http://p:1'\nuser.timeout='9'\n"
    machine.install('pretraining')
    assert machine.pip.asked[-2:] == ['--proxy', 'http://p:1']


@pytest.mark.parametrize('answer', ['', 'late', 'torch (2.14.1)'])
def test_an_index_that_does_not_answer_is_no_reason_to_stop(machine, answer):
    machine.pip.builds = answer
    ((arguments, _),) = machine.install('pretraining')
    assert '--index-url' not in arguments


def test_an_index_that_answers_and_fails_is_no_reason_to_stop(machine):
    machine.pip.builds = '2.14.1+cpu'
    machine.pip.said = ['ERROR: 404']
    first, second = machine.install('pretraining')
    assert '--index-url' in first[0] and '--index-url' not in second[0]


@pytest.mark.parametrize('setting', ['index-url', 'no-index'])
def test_whoever_chose_an_index_is_not_sent_to_another(machine, setting):
    machine.pip.builds = '2.14.1+cpu'
    machine.pip.config = f":env:.{setting}='x'\n"
    ((arguments, _),) = machine.install('pretraining')
    assert '--index-url' not in arguments


@pytest.mark.parametrize(
    'build, address',
    [
        ('cu126', 'https://download.pytorch.org/whl/cu126'),
        ('https://mirror/simple', 'https://mirror/simple'),
    ],
)
def test_torch_names_a_build(machine, monkeypatch, build, address):
    monkeypatch.setenv('TORCH', build)
    (torch, _), _ = machine.install('pretraining')
    assert torch[torch.index('--index-url') + 1] == address
    machine.pip.calls.clear()
    machine.pip.said = ['ERROR: no such build']
    with pytest.raises(InstallError, match='no such build'):
        machine.install('pretraining')


def test_what_a_machine_has_stays(machine):
    machine.has.update(
        {'torch': '2.5.1+cpu', 'torchvision': '0.20.1+cpu', 'numpy': '1.26.4'}
    )
    ((arguments, kept),) = machine.install('pretraining')
    assert kept == ['torch==2.5.1+cpu', 'torchvision==0.20.1+cpu'] + [
        'numpy==1.26.4'
    ]


def test_torchvision_comes_from_where_torch_came(machine):
    machine.has['torch'] = '2.14.1+cpu'
    (torch, kept), _ = machine.install('pretraining')
    assert kept[0] == 'torch==2.14.1+cpu'
    assert torch[torch.index('--index-url') + 1].endswith('/whl/cpu')


def test_what_serves_in_the_place_of_another_is_left(machine):
    machine.has.update(
        {
            'torch': '2.14.1',
            'torchvision': '0.29.1',
            'mmcv': '2.1.0',
            'opencv-python': '4.11.0.86',
        }
    )
    ((arguments, _),) = machine.install('pretraining')
    assert not any(x.startswith(('mmcv', 'opencv')) for x in arguments)
    assert not any(x.endswith('.whl') for x in arguments)


def test_our_own_placeholder_does_not_stand_for_opencv(machine):
    machine.has.update(
        {
            'torch': '2.14.1',
            'torchvision': '0.29.1',
            'opencv-python': '5.0+headless',
            'opencv-python-headless': '5.0.0.93',
        }
    )
    ((arguments, _),) = machine.install('pretraining')
    assert any(x.startswith('opencv-python-headless') for x in arguments)


def test_a_disk_that_is_too_full_is_told_before_the_download(machine):
    machine.free = 1.5
    with pytest.raises(InstallError, match='1.5 GB free .* are needed'):
        machine.install('pretraining')
    assert machine.pip.calls == []


@pytest.mark.parametrize(
    'said, reason',
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'"
            '\nERROR: Could not find a version',
            'the package index cannot be reached; check the network',
        ),
        (
            'ERROR: Could not install packages due to an OSError: [Errno 28] '
            'No space left on device',
            'the disk is full: ',
        ),
        ('Collecting torch\nERROR: No such\nERROR: Then this', 'No such'),
        ('error: externally-managed-environment', 'externally-managed-'),
        ('Killed', 'pip stopped without saying why'),
    ],
)
def test_failures_in_one_line(said, reason):
    assert explain(said).startswith(reason)
    assert '\n' not in explain(said)


def test_a_failure_names_the_log_and_reads_only_what_is_new(machine, tmp_path):
    log = tmp_path / 'log'
    log.write_text('ERROR: of yesterday\n')
    machine.pip.said = ['ERROR: of today\n']
    with pytest.raises(InstallError, match=f'^of today .more in {log}'):
        pip_calls.pip_install(['torch'], log)
    assert 'yesterday' in log.read_text()


def test_the_command_says_what_it_does_or_why_not(machine, tmp_path, capsys):
    arguments = ['pretraining', '--log', str(tmp_path / 'log')]
    main([*arguments, '--passed', '60'])
    assert '[  60 s] Installing torch, ' in capsys.readouterr().out
    machine.free = 0
    with pytest.raises(SystemExit, match='the disk is too full'):
        main(arguments)


def test_what_an_interrupted_pip_left_is_removed(tmp_path, monkeypatch):
    for name, file in (
        ('whole-1.dist-info', 'RECORD'),
        ('debian_s-1.dist-info', 'INSTALLER'),
        ('torn-1.dist-info', 'METADATA'),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text('Name: x\nVersion: 1\n')
    (tmp_path / '~orch').mkdir()
    monkeypatch.setattr(
        environment.sysconfig, 'get_path', lambda name: str(tmp_path)
    )
    assert sorted(environment.remove_torn()) == ['torn-1.dist-info', '~orch']
    assert {x.name for x in tmp_path.iterdir()} == {
        'whole-1.dist-info',
        'debian_s-1.dist-info',
    }


def test_only_whole_distributions_count(tmp_path, monkeypatch):
    (tmp_path / 'METADATA').write_text('Name: x\nVersion: 1\n')
    monkeypatch.setattr(
        environment, 'distribution', lambda _: PathDistribution(tmp_path)
    )
    monkeypatch.setattr(environment, 'installed', lambda _: '1')
    assert not environment.complete('x')
    (tmp_path / 'RECORD').write_text('METADATA,,\n')
    assert environment.complete('x')


def test_environments_that_are_none_are_called_so(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    monkeypatch.setattr(sys, 'base_prefix', '/usr')
    assert environment.describe() == str(tmp_path)
    monkeypatch.setattr(sys, 'base_prefix', str(tmp_path))
    assert 'no virtual environment' in environment.describe()
    (tmp_path / 'conda-meta').mkdir()
    assert environment.describe() == str(tmp_path)


def test_wheels_for_a_machine_without_network(machine, tmp_path):
    machine.has.update(
        {
            'torch': '2.14.1+cpu',
            'torchvision': '0.29.1+cpu',
            'opencv-python': '5.0+headless',
        }
    )
    log = str(tmp_path / 'log')
    main(['pretraining', '--download', 'wheels', '--log', log])
    ((arguments, kept),) = machine.pip.calls
    assert arguments[0] == 'download'
    assert arguments[arguments.index('--dest') + 1] == 'wheels'
    assert 'https://download.pytorch.org/whl/cpu' in arguments
    assert 'torch==2.14.1+cpu' in kept
    assert any('opencv_python-5.0+headless' in x for x in arguments)
