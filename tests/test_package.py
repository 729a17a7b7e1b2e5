"""The wheel carries what it should, and trains away from the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

REPO = Path(__file__).parents[1]
CONFIG = (
    'configs/quickstart/'
    'regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'
)


def run(*command, **kwargs):
    result = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **kwargs,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def copy_sources(to):
    """What git holds of the package, so that no build touches the checkout."""
    ignore = shutil.ignore_patterns('__pycache__', '.mim')
    for name in ('regioncl_mm', 'configs', 'tools', 'tests'):
        shutil.copytree(REPO / name, to / name, ignore=ignore)
    for name in (
        'setup.py pyproject.toml MANIFEST.in requirements.txt README.md '
        'model-index.yml'
    ).split():
        if (REPO / name).exists():
            shutil.copy(REPO / name, to)
    return to


@pytest.fixture(scope='module')
def sources(tmp_path_factory):
    return copy_sources(tmp_path_factory.mktemp('sources'))


def build(folder, out):
    """Build a wheel without a network."""
    run(
        *(sys.executable, '-m', 'pip', 'wheel', folder, '--wheel-dir', out),
        *('--no-deps', '--no-build-isolation', '--no-index', '--no-cache-dir'),
    )
    (wheel,) = out.glob('regioncl_mm-*.whl')
    return wheel


@pytest.fixture(scope='module')
def wheel(sources, tmp_path_factory):
    return build(sources, tmp_path_factory.mktemp('wheel'))


def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {n for n in archive.namelist() if '.dist-info/' not in n}


def expected_names(sources):
    modules = (sources / 'regioncl_mm').rglob('*.py')
    shared = [
        path
        for folder in ('configs', 'tools')
        for path in (sources / folder).rglob('*.*')
        if path.name not in ('install.sh', 'quickstart.sh', 'run_tests.sh')
    ]
    shared.append(sources / 'model-index.yml')
    return {p.relative_to(sources).as_posix() for p in modules} | {
        'regioncl_mm/.mim/' + p.relative_to(sources).as_posix() for p in shared
    }


def test_wheel_holds_code_configs_and_tools_only(sources, wheel):
    assert names(wheel) == expected_names(sources)


def test_a_module_deleted_since_the_last_build_is_not_in_the_wheel(
    sources, tmp_path
):
    gone = sources / 'regioncl_mm' / 'gone.py'
    gone.touch()
    assert 'regioncl_mm/gone.py' in names(build(sources, tmp_path / 'a'))
    gone.unlink()
    assert 'regioncl_mm/gone.py' not in names(build(sources, tmp_path / 'b'))


def test_wheel_from_sdist_is_the_same(sources, wheel, tmp_path):
    run(
        *(sys.executable, '-m', 'build', '--sdist', '--no-isolation'),
        *('--outdir', tmp_path, sources),
    )
    (sdist,) = tmp_path.glob('*.tar.gz')
    assert names(build(sdist, tmp_path)) == names(wheel)


def test_wheel_requires_what_pretraining_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith('/METADATA'))
        metadata = message_from_bytes(archive.read(name))
    assert SpecifierSet(metadata['Requires-Python']) == '>=3.8,<3.13'
    requires = [Requirement(r) for r in metadata.get_all('Requires-Dist')]
    assert {r.name for r in requires} == {
        *('torch', 'torchvision', 'numpy', 'mmengine', 'mmpretrain'),
        *('matplotlib', 'tensorboard', 'safetensors'),
    }
    for requirement in requires:
        operators = {s.operator for s in requirement.specifier}
        assert '>=' in operators and '==' not in operators, requirement


@pytest.fixture
def second_environment(wheel, tmp_path):
    """The Python of an environment that has the wheel and, for the rest,
    sees the packages of the one that runs this test.

    The checkout stays out of sight: an editable install is found through a
    .pth file, and Python does not read those of a folder named in another.
    """
    env = tmp_path / 'env'
    run(sys.executable, '-m', 'venv', '--without-pip', env)
    (site_packages,) = env.glob('lib/python*/site-packages')
    (site_packages / 'others.pth').write_text(sysconfig.get_path('purelib'))
    run(
        *(sys.executable, '-m', 'pip', 'install', '--no-deps', '--no-index'),
        *('--target', site_packages, wheel),
    )
    return env / 'bin' / 'python'


def test_wheel_trains_outside_the_checkout(
    second_environment, fashion_mnist_root, tmp_path
):
    python = second_environment
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    found = run(
        *(python, '-c', 'import regioncl_mm; print(regioncl_mm.__path__[0])'),
        cwd=tmp_path,
        env=env,
    )
    package = Path(found.splitlines()[-1])
    assert tmp_path in package.parents

    run(
        *(python, package / '.mim' / 'tools' / 'train.py'),
        package / '.mim' / CONFIG,
        *('--work-dir', tmp_path / 'out'),
        *('--cfg-options', 'train_cfg.max_epochs=1'),
        'train_dataloader.batch_size=32',  # two steps
        'custom_hooks.2.k=(20,)',  # the memory has 64 images
        cwd=tmp_path,
        env={**env, 'DATA_ROOT': str(fashion_mnist_root)},
    )
    assert list((tmp_path / 'out').glob('*.pth'))
