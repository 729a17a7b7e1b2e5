"""tools/install.sh: nothing here makes an environment or downloads."""

import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / 'tools' / 'install.sh'

# Stands in for an environment's Python. Files beside it say what works and
# which distributions there are (has-NAME), and `calls` keeps what it was
# asked.
FAKE_PYTHON = """#!/bin/bash
here=$(dirname "$0")
works() { [ -e "$here/$1" ]; }
has_all() { for name; do works "has-$name" || exit 1; done; }
printf '%s\\n' "$*" >>"$here/calls"
case "$*" in
    *version_info*) echo 3.11.7 ;;
    *sysconfig*) echo "$here" ;;
    *'for name in sys.argv'*) has_all "${@:4}" ;;
    *runpy*)
        works network || { cat "$here/said" >&2; exit 1; }
        echo '[   1 s] Installing torch'
        for name in torch torchvision numpy mmengine mmpretrain; do
            touch "$here/has-$name"
        done
        if [[ $* == *downstream* ]]; then
            touch "$here/has-mmdet" "$here/has-mmsegmentation" \\
                "$here/has-mmpose"
        fi ;;
    *fetch.py*) works archive && cp "$here/archive" "${@: -1}/$3" ;;
    '-I -') if works ops; then echo compiled; elif works broken; then
        echo broken; else echo lite; fi ;;
    *'pip uninstall -y mmcv'*) rm -f "$here/ops" "$here/broken" ;;
    *'import torch; assert torch.cuda.is_available()'*) works gpu ;;
    *'(2, 13)'*) echo 20 ;;
    *torch.version.cuda*) echo cu121/torch2.1 ;;
    *get_compiling_cuda_version*) works ops ;;
    *'pip wheel'*)
        if [[ $* == *'--only-binary mmcv'* ]]; then works prebuilt; else
            works build; fi || exit 1
        if [[ $* == *--no-cache-dir* ]]; then touch "$here/wheel"; fi
        mkdir -p "$here/../mmcv-wheel"
        touch "$here/../mmcv-wheel/mmcv-2.1.0.whl" ;;
    *'pip install'*/mmcv-wheel/mmcv-*)
        if works wheel || works prebuilt; then touch "$here/ops"; fi ;;
    *'pip install'*' -e '*) touch "$here/has-regioncl_mm" ;;
    *'pip install'*' torch '*)
        works network || { cat "$here/said"; exit 1; }
        for name in torch torchvision numpy mmengine mmpretrain mmdet \\
            mmsegmentation mmpose; do touch "$here/has-$name"; done ;;
    '-I -W ignore -' | '-I -W ignore - '*)
        works imports || { echo 'mmdet.models does not import: Oh()'; exit 1; }
        echo '  mmcv 2.1.0' ;;
esac
"""
TOOLS = (
    'bash cat cksum dirname getconf grep gzip head ls mkdir rm sed tail tar '
    'touch wc cp'
).split()


def install(*options, **env):
    env = {'PATH': os.environ['PATH'], **env}
    command = ['bash', INSTALL, *options]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=60
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
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    return folder


@pytest.fixture
def fake(tmp_path, bare_path):
    """Install into an environment where only the named things work."""
    env = tmp_path / 'env'
    (env / 'bin').mkdir(parents=True)
    (env / 'lib' / 'python3.11' / 'site-packages').mkdir(parents=True)
    (env / 'install.log').touch()
    (env / 'bin' / 'Python.h').touch()
    script(env / 'bin' / 'python', FAKE_PYTHON)
    script(bare_path / 'c++', '#!/bin/bash\n')

    def run(*working, profile='newest', options=(), **more):
        for name in working:
            (env / 'bin' / name).touch()
        (env / 'regioncl_mm.profile').write_text(f'{profile}\n')
        (env / 'bin' / 'calls').unlink(missing_ok=True)
        more.setdefault('REGIONCL_VENV', str(env))
        result = install(*options, PATH=str(bare_path), **more)
        return result, (env / 'bin' / 'calls').read_text()

    run.env = env
    return run


# ---- the interpreter and the profile ----------------------------------------


@pytest.mark.parametrize(
    'profile, version, supported',
    [
        ('newest', '2.7.18', '3.9 to 3.14'),
        ('newest', '3.8.18', '3.9 to 3.14'),
        ('newest', '3.15.0', '3.9 to 3.14'),
        ('pinned', '3.13.0', '3.8 to 3.12'),
    ],
)
def test_wrong_python(tmp_path, bare_path, profile, version, supported):
    python = script(tmp_path / 'python', f'#!/bin/sh\necho {version}\n')
    venv = tmp_path / 'v'
    env = dict(PATH=str(bare_path), REGIONCL_VENV=str(venv), PROFILE=profile)
    line = error_of(install(PYTHON=python, **env))
    assert f'is Python {version}, but {supported} is needed' in line
    assert 'PYTHON=' in line
    assert not venv.exists()


def test_usable_pythons_are_named(tmp_path, bare_path):
    for version in ('3.8', '3.14'):
        script(
            bare_path / f'python{version}', f'#!/bin/sh\necho {version}.1\n'
        )
    env = dict(PATH=str(bare_path), REGIONCL_VENV=str(tmp_path / 'v'))
    line = error_of(install(PYTHON='/no/such/python', **env))
    assert "there is no '/no/such/python'" in line
    assert '(found here: python3.14)' in line


def test_not_a_python(bare_path):
    result = install(PATH=str(bare_path), PYTHON=shutil.which('false'))
    assert 'does not run as Python' in error_of(result)


def test_misspelt_options_and_profiles():
    assert "no option '--compile'" in error_of(install('--compile'))
    assert "no PROFILE 'old'" in error_of(install(PROFILE='old'))


def test_help_names_every_option():
    said = install('--help').stdout
    for option in '--downstream --dev --compiled --lite PROFILE TORCH'.split():
        assert option in said
    assert 'set -euo' not in said


@pytest.mark.parametrize(
    'profile, options', [('pinned', ()), ('newest', ('--compiled',))]
)
def test_missing_compiler(tmp_path, bare_path, profile, options):
    venv = tmp_path / 'v'
    env = dict(PATH=str(bare_path), PROFILE=profile, REGIONCL_VENV=str(venv))
    line = error_of(install(*options, PYTHON=sys.executable, **env))
    assert "no C++ compiler 'c++'" in line and 'apt-get install g++' in line
    assert not venv.exists()


def test_missing_venv_module(tmp_path, bare_path):
    python = script(
        tmp_path / 'python',
        '#!/bin/bash\ncase "$*" in *version_info*) echo 3.10.2 ;;\n'
        '*import\\ venv*) exit 1 ;; esac\n',
    )
    venv = str(tmp_path / 'v')
    line = error_of(
        install(PATH=str(bare_path), PYTHON=python, REGIONCL_VENV=venv)
    )
    assert 'cannot make virtual environments' in line
    assert line.endswith('apt-get install python3.10-venv')


def test_a_folder_of_someone_else_is_left_alone(tmp_path, fake):
    (fake.env / 'install.log').unlink()
    (fake.env / 'bin' / 'python').unlink()
    python = script(tmp_path / 'python', FAKE_PYTHON)
    result = install(PYTHON=python, REGIONCL_VENV=str(fake.env))
    assert 'was not made by this script' in error_of(result)
    assert (fake.env / 'bin' / 'Python.h').exists()


def test_an_environment_keeps_its_profile_unless_another_is_asked_for(fake):
    working = ('network', 'imports', 'build', 'wheel')
    _, calls = fake(*working, profile='pinned')
    assert 'requirements-pinned.txt' in calls and 'runpy' not in calls
    # One from before there were two, which has no such file.
    (fake.env / 'regioncl_mm.profile').unlink()
    result = install(
        REGIONCL_VENV=str(fake.env), PATH=str(fake.env.parent / 'bin')
    )
    assert 'Nothing to install' in result.stdout, result


def test_a_python_without_pip_gets_it_from_the_index(tmp_path, bare_path):
    """Debian's, whose message says what else would do."""
    venv = tmp_path / 'v'
    python = script(
        tmp_path / 'python',
        '#!/bin/bash\ncase "$*" in *version_info*) echo 3.14.1 ;;\n'
        f'*"-m venv"*) mkdir -p {venv}/bin; cp "$0" {venv}/bin/python ;;\n'
        '*ensurepip*) exit 1 ;;\n'
        '*fetch.py*) echo "urlopen error" >&2; exit 1 ;; esac\n',
    )
    line = error_of(
        install(PATH=str(bare_path), PYTHON=python, REGIONCL_VENV=str(venv))
    )
    assert 'comes without pip, and it cannot be downloaded' in line
    assert 'urlopen error; on Debian or Ubuntu: apt-get install' in line
    assert (venv / 'regioncl_mm.profile').read_text() == 'newest\n'


# ---- newest -----------------------------------------------------------------


def test_stages_are_installed_when_asked_for_and_kept(fake):
    result, calls = fake('network', 'imports')
    assert result.returncode == 0, result
    assert 'mmcv 2.1.0' in result.stdout
    assert 'install.log pretraining\n' in calls
    assert 'mmcv.ops' not in calls

    result, calls = fake()
    assert 'Nothing to install' in result.stdout
    assert 'pip' not in calls

    result, calls = fake(options=['--downstream'])
    assert 'install.log pretraining downstream\n' in calls
    assert '-I -W ignore - mmcv.ops mmdet.models' in calls
    assert 'Nothing to install' in fake(options=['--downstream'])[0].stdout

    # Once there, it is looked after.
    (fake.env / 'regioncl_mm.stamp').unlink()
    assert 'install.log pretraining downstream\n' in fake()[1]


def test_developers_get_all_of_it(fake):
    _, calls = fake('network', 'imports', options=['--dev'])
    assert 'install.log pretraining downstream developer\n' in calls


def test_failures_are_passed_on_in_one_line(fake):
    (fake.env / 'bin' / 'said').write_text('a warning\nthe disk is full\n')
    assert error_of(fake()[0]) == 'install.sh: the disk is full'
    assert not (fake.env / 'regioncl_mm.stamp').exists()


def test_an_mmcv_that_is_half_switched_is_put_right(fake):
    _, calls = fake('network', 'imports', 'broken')
    assert 'pip uninstall -y mmcv mmcv-lite' in calls


def test_mmcv_s_sources_fit_newer_pythons_and_torches(fake):
    sources = fake.env / 'mmcv-2.1.0'
    sources.mkdir()
    (sources / 'setup.py').write_text(
        "    exec(compile(f.read(), version_file, 'exec'))\n"
        "    return locals()['__version__']\n"
        "        extra_compile_args = {'cxx': ['-std=c++17']}\n"
    )
    with tarfile.open(fake.env / 'bin' / 'archive', 'w:gz') as archive:
        archive.add(sources, 'mmcv-2.1.0')
    shutil.rmtree(sources)
    working = ('network', 'imports', 'archive', 'build', 'wheel')
    result, calls = fake(*working, options=['--compiled'])
    assert result.returncode == 0, result
    patched = (sources / 'setup.py').read_text()
    assert "runpy.run_path(version_file)['__version__']" in patched
    assert 'locals()' not in patched and '-std=c++20' in patched
    # mmcv-lite goes only when the wheel is there.
    assert calls.index('pip wheel') < calls.index('pip uninstall')


def test_compiled_ops_are_kept_until_lite_is_asked_for(fake):
    result, calls = fake('network', 'imports', 'ops', 'has-mmcv')
    assert result.returncode == 0, result
    assert 'pip uninstall' not in calls and 'pip wheel' not in calls
    assert 'Nothing to install' in fake()[0].stdout
    (fake.env / 'bin' / 'ops').unlink()
    assert 'Nothing to install' not in fake()[0].stdout

    (fake.env / 'bin' / 'ops').touch()
    result, calls = fake(options=['--lite'])
    assert 'pip uninstall -y mmcv mmcv-lite' in calls
    assert calls.index('pip uninstall') < calls.index('runpy')


# ---- pinned -----------------------------------------------------------------


@pytest.mark.parametrize(
    'said, reason',
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'"
            '\nERROR: Could not find a version',
            'the package index cannot be reached',
        ),
        ('ERROR: [Errno 28] No space left on device', 'the disk is full'),
        (
            'Collecting torch\nERROR: No such torch\nERROR: Then this',
            'installing PyTorch failed: No such torch (more in ',
        ),
    ],
)
def test_failed_download(fake, said, reason):
    (fake.env / 'bin' / 'said').write_text(said + '\n')
    assert reason in error_of(fake(profile='pinned')[0])


def test_failed_mmcv_build(fake):
    line = error_of(fake('network', profile='pinned')[0])
    assert 'building mmcv failed' in line
    assert str(fake.env / 'install.log') in line


def test_ops_missing_after_two_builds(fake):
    # No wheel that is built fits.
    text = FAKE_PYTHON.replace('if works wheel ||', 'if')
    script(fake.env / 'bin' / 'python', text)
    result, calls = fake('network', 'build', profile='pinned')
    assert 'compiled ops do not import' in error_of(result)
    assert '--no-cache-dir mmcv==2.1.0' in calls


def test_a_wheel_for_another_torch_is_replaced(fake):
    result, calls = fake('network', 'build', 'imports', profile='pinned')
    assert result.returncode == 0, result
    assert '--no-cache-dir mmcv==2.1.0' in calls
    assert 'mmcv 2.1.0' in result.stdout


def test_prebuilt_mmcv_on_a_gpu(fake):
    working = ('network', 'gpu', 'prebuilt', 'imports')
    result, calls = fake(*working, profile='pinned')
    assert result.returncode == 0, result
    assert 'mmcv/dist/cu121/torch2.1/index.html' in calls
    assert 'Building mmcv' not in result.stdout


def test_a_library_that_does_not_import(fake):
    working = ('network', 'build', 'wheel')
    line = error_of(fake(*working, profile='pinned')[0])
    assert 'mmdet.models does not import: Oh()' in line


def test_second_call_does_nothing_unless_something_broke(fake):
    working = ('network', 'build', 'wheel', 'imports')
    first, _ = fake(*working, profile='pinned')
    assert 'Building mmcv' in first.stdout
    second, calls = fake(profile='pinned')
    assert 'Nothing to install' in second.stdout
    assert 'mmcv 2.1.0' in second.stdout
    assert 'pip' not in calls

    (fake.env / 'bin' / 'ops').unlink()
    third, _ = fake(profile='pinned')
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
