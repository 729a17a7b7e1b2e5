"""tools/install.sh: nothing here makes an environment or downloads."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / 'tools' / 'install.sh'

# Stands in for an environment's Python. Files beside it say what works, and
# `calls` keeps what it was asked.
FAKE_PYTHON = """#!/bin/bash
here=$(dirname "$0")
works() { [ -e "$here/$1" ]; }
printf '%s\\n' "$*" >>"$here/calls"
case "$*" in
    *version_info*) echo 3.11.7 ;;
    *sysconfig*) echo "$here" ;;
    *'import torch; assert torch.cuda.is_available()'*) works gpu ;;
    *torch.version.cuda*) echo cu121/torch2.1 ;;
    *get_compiling_cuda_version*) works ops ;;
    *'--only-binary mmcv'*) works prebuilt && touch "$here/ops" ;;
    *'--no-binary mmcv'*) works source && touch "$here/ops"; true ;;
    *'pip install'*' mmcv')
        works build || exit 1
        if works wheel; then touch "$here/ops"; fi ;;
    *'pip install'*' torch '*)
        works network || { cat "$here/said"; exit 1; } ;;
    '-I -W ignore -')
        works imports || { echo 'mmdet.models does not import: Oh()'; exit 1; }
        echo '  mmcv 2.1.0' ;;
esac
"""


def install(**env):
    env = {'PATH': os.environ['PATH'], **env}
    return subprocess.run(
        ['bash', INSTALL], env=env, capture_output=True, text=True, timeout=60
    )


def error_of(result):
    """The one line of a failed call."""
    assert result.returncode == 1, result
    (line,) = result.stderr.splitlines()
    assert line.startswith('install.sh: ')
    return line


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bare_path(tmp_path):
    """A PATH with the everyday tools, but no compiler and no GPU driver."""
    folder = tmp_path / 'bin'
    folder.mkdir()
    for tool in (
        'bash cat cksum dirname getconf grep head ls rm sed tail touch wc'
    ).split():
        (folder / tool).symlink_to(shutil.which(tool))
    return folder


@pytest.fixture
def fake(tmp_path, bare_path):
    """Install into an environment where only the named things work."""
    env = tmp_path / 'env'
    (env / 'bin').mkdir(parents=True)
    (env / 'install.log').touch()
    (env / 'bin' / 'Python.h').touch()
    script(env / 'bin' / 'python', FAKE_PYTHON)
    script(bare_path / 'c++', '#!/bin/bash\n')

    def run(*working):
        for name in working:
            (env / 'bin' / name).touch()
        (env / 'bin' / 'calls').unlink(missing_ok=True)
        result = install(PATH=str(bare_path), REGIONCL_VENV=str(env))
        return result, (env / 'bin' / 'calls').read_text()

    run.env = env
    return run


@pytest.mark.parametrize('version', ['2.7.18', '3.7.17', '3.13.0'])
def test_wrong_python(tmp_path, version):
    python = script(tmp_path / 'python', f'#!/bin/sh\necho {version}\n')
    line = error_of(install(PYTHON=python, REGIONCL_VENV=str(tmp_path / 'v')))
    assert f'is Python {version}, but 3.8 to 3.12 is needed' in line
    assert 'PYTHON=' in line
    assert not (tmp_path / 'v').exists()


def test_usable_pythons_are_named(tmp_path, bare_path):
    script(bare_path / 'python3.9', '#!/bin/sh\necho 3.9.1\n')
    result = install(PATH=str(bare_path), PYTHON='/no/such/python')
    line = error_of(result)
    assert "there is no '/no/such/python'" in line
    assert '(found here: python3.9)' in line


def test_not_a_python():
    assert 'does not run as Python' in error_of(install(PYTHON='false'))


def test_missing_compiler(tmp_path, bare_path):
    venv = tmp_path / 'v'
    line = error_of(
        install(
            PATH=str(bare_path),
            PYTHON=sys.executable,
            REGIONCL_VENV=str(venv),
        )
    )
    assert "no C++ compiler 'c++'" in line and 'apt-get install g++' in line
    assert not venv.exists()


def test_missing_venv_module(tmp_path, bare_path):
    script(bare_path / 'c++', '#!/bin/bash\n')
    (tmp_path / 'Python.h').touch()
    python = script(
        tmp_path / 'python',
        '#!/bin/bash\ncase "$*" in *version_info*) echo 3.10.2 ;;\n'
        f'*sysconfig*) echo {tmp_path} ;; *ensurepip*) exit 1 ;; esac\n',
    )
    line = error_of(
        install(
            PATH=str(bare_path),
            PYTHON=python,
            REGIONCL_VENV=str(tmp_path / 'v'),
        )
    )
    assert 'cannot make virtual environments' in line
    assert 'python3.10-venv' in line


def test_a_folder_of_someone_else_is_left_alone(tmp_path, fake):
    (fake.env / 'install.log').unlink()
    (fake.env / 'bin' / 'python').unlink()
    python = script(tmp_path / 'python', FAKE_PYTHON)
    (tmp_path / 'Python.h').touch()
    result = install(PYTHON=python, REGIONCL_VENV=str(fake.env))
    assert 'was not made by this script' in error_of(result)
    assert (fake.env / 'bin' / 'Python.h').exists()


@pytest.mark.parametrize(
    'said, reason',
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'"
            '\nERROR: Could not find a version',
            'the package index cannot be reached',
        ),
        (
            'Collecting torch\nERROR: No space left\nERROR: Then this',
            'installing PyTorch failed: No space left (more in ',
        ),
    ],
)
def test_failed_download(fake, said, reason):
    (fake.env / 'bin' / 'said').write_text(said + '\n')
    assert reason in error_of(fake()[0])


def test_failed_mmcv_build(fake):
    line = error_of(fake('network')[0])
    assert 'building mmcv failed' in line
    assert str(fake.env / 'install.log') in line


def test_ops_missing_after_two_builds(fake):
    result, calls = fake('network', 'build')
    assert 'compiled ops do not import' in error_of(result)
    assert '--no-binary mmcv' in calls


def test_a_wheel_for_another_torch_is_replaced(fake):
    result, calls = fake('network', 'build', 'source', 'imports')
    assert result.returncode == 0, result
    assert 'pip cache remove mmcv-*-cp311-*' in calls
    assert 'mmcv 2.1.0' in result.stdout


def test_prebuilt_mmcv_on_a_gpu(fake):
    result, calls = fake('network', 'gpu', 'prebuilt', 'imports')
    assert result.returncode == 0, result
    assert 'mmcv/dist/cu121/torch2.1/index.html' in calls
    assert 'Building mmcv' not in result.stdout


def test_a_library_that_does_not_import(fake):
    line = error_of(fake('network', 'build', 'wheel')[0])
    assert 'mmdet.models does not import: Oh()' in line


def test_second_call_does_nothing_unless_something_broke(fake):
    first, _ = fake('network', 'build', 'wheel', 'imports')
    assert 'Building mmcv' in first.stdout
    second, calls = fake()
    assert 'Nothing to install' in second.stdout
    assert 'mmcv 2.1.0' in second.stdout
    assert 'pip' not in calls

    (fake.env / 'bin' / 'ops').unlink()
    third, _ = fake()
    assert 'Building mmcv' in third.stdout


@pytest.mark.skipif(
    not Path(sys.prefix, 'regioncl_mm.stamp').exists(),
    reason='these tests run in an environment that install.sh did not make',
)
def test_second_call_is_quick():
    start = time.monotonic()
    # Without an index, pip could not download if it tried to.
    result = install(REGIONCL_VENV=sys.prefix, PIP_NO_INDEX='1')
    assert 'Nothing to install' in result.stdout, result
    assert time.monotonic() - start < 10
