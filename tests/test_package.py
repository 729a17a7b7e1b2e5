"""The wheel carries what it should, and works away from the checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from conftest import QUICKSTART
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

REPO = Path(__file__).parents[1]
NOT_IN_A_WHEEL = ('install.sh', 'quickstart.sh', 'run_tests.sh')
TOOLS = sorted(
    path.relative_to(REPO).as_posix()
    for path in (REPO / 'tools').rglob('*.py')
    if path.name not in ('_launch.py', 'tool_arguments.py')
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


@pytest.fixture(scope='module')
def sources(tmp_path_factory):
    """What git holds of the package, so that no build touches the checkout."""
    to = tmp_path_factory.mktemp('sources')
    ignore = shutil.ignore_patterns('__pycache__', '.mim')
    for name in ('regioncl_mm', 'configs', 'tools', 'tests', 'docs'):
        shutil.copytree(REPO / name, to / name, ignore=ignore)
    for path in REPO.iterdir():
        if path.is_file():
            shutil.copy(path, to)
    return to


@pytest.fixture(scope='module')
def built(sources):
    """The tree that a wheel of the sources is packed from; a module that an
    earlier build left there has been deleted since."""
    gone, out = sources / 'regioncl_mm' / 'gone.py', sources / 'build' / 'lib'
    command = (sys.executable, 'setup.py', '--quiet', 'build_py')
    gone.touch()
    run(*command, cwd=sources)
    assert 'regioncl_mm/gone.py' in files(out)
    gone.unlink()
    run(*command, cwd=sources)
    return out


@pytest.fixture(scope='module')
def wheel(sources, tmp_path_factory):
    """Built from an sdist that is built from the sources."""
    out = tmp_path_factory.mktemp('wheel')
    command = (sys.executable, '-m', 'build', '--no-isolation', '--outdir')
    run(*command, out, sources)
    (wheel,) = out.glob('regioncl_mm-*.whl')
    return wheel


def files(folder):
    """All files below a folder but those that Python compiles."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {n for n in archive.namelist() if '.dist-info/' not in n}


def metadata_of(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith('/METADATA'))
        return message_from_bytes(archive.read(name))


def required(metadata, extra=None):
    """The names that an extra requires, or the package without any."""
    found = set()
    for text in metadata.get_all('Requires-Dist'):
        requirement = Requirement(text)
        of = re.search('extra == ["\'](\\w+)', str(requirement.marker))
        if (of and of[1]) == extra:
            found.add(requirement.name)
    return found


def expected_names(sources):
    shared = {
        path
        for path in files(sources)
        if path.startswith(('configs/', 'tools/'))
        and not path.endswith(NOT_IN_A_WHEEL)
        and not path.startswith('tools/_install/')
    } | {'model-index.yml', 'requirements.txt'}
    return {x for x in files(sources) if x.startswith('regioncl_mm/')} | {
        f'regioncl_mm/.mim/{path}' for path in shared
    }


def test_wheel_holds_code_configs_and_tools_only(sources, built):
    assert files(built) == expected_names(sources)


def test_a_module_deleted_since_the_last_build_is_not_in_the_wheel(built):
    assert 'regioncl_mm/gone.py' not in files(built)


def test_wheel_from_sdist_is_the_same(built, wheel):
    assert names(wheel) == files(built)


def test_wheel_requires_what_pretraining_needs(wheel):
    metadata = metadata_of(wheel)
    assert SpecifierSet(metadata['Requires-Python']) == '>=3.9'
    assert required(metadata) == {
        *('torch', 'torchvision', 'numpy', 'mmengine', 'mmpretrain'),
        *('matplotlib', 'tensorboard', 'safetensors'),
    }
    for text in metadata.get_all('Requires-Dist'):
        requirement = Requirement(text)
        operators = {s.operator for s in requirement.specifier}
        assert '>=' in operators and '==' not in operators, text
        if requirement.name in ('torch', 'torchvision', 'numpy'):
            assert operators == {'>='}, text


def test_extras_are_sections_of_the_requirements(wheel):
    metadata = metadata_of(wheel)
    extras = set(metadata.get_all('Provides-Extra'))
    assert extras == {'analysis', 'dev', 'docs'}
    assert required(metadata, 'analysis') == {'scikit-learn'}
    site = {'mkdocs', 'mkdocs-material', 'mkdocstrings'}
    assert site <= required(metadata, 'docs')
    assert {'mypy', 'pytest', 'ruff'} < required(metadata, 'dev')


def test_license_and_types_are_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        everything = archive.namelist()
    assert 'regioncl_mm/py.typed' in everything
    # Where in the folder differs by the version of setuptools.
    assert any(
        '.dist-info/' in name and name.endswith('/LICENSE')
        for name in everything
    )
    assert metadata_of(wheel)['License'] == 'Apache-2.0'


@pytest.fixture(scope='module')
def second_environment(wheel, tmp_path_factory):
    """The Python of an environment that has the wheel and, for the rest,
    sees the packages of the one that runs this test; and the wheel's package.

    The checkout stays out of sight: an editable install is found through a
    .pth file, and Python does not read those of a folder named in another.
    """
    env = tmp_path_factory.mktemp('environment')
    run(sys.executable, '-m', 'venv', '--without-pip', env)
    (site_packages,) = env.glob('lib/python*/site-packages')
    (site_packages / 'others.pth').write_text(sysconfig.get_path('purelib'))
    run(
        *(sys.executable, '-m', 'pip', 'install', '--no-deps', '--no-index'),
        *('--target', site_packages, wheel),
    )
    return env / 'bin' / 'python', site_packages / 'regioncl_mm'


@pytest.fixture
def outside(second_environment, tmp_path):
    """Runs Python in the second environment and in an empty folder."""
    python, _ = second_environment
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}

    def outside(*arguments, **variables):
        return run(python, *arguments, cwd=tmp_path, env={**env, **variables})

    return outside


@pytest.mark.parametrize('tool', TOOLS)
def test_every_tool_answers_before_it_imports_anything_slow(
    tool, outside, second_environment
):
    _, package = second_environment
    out = outside('-X', 'importtime', package / '.mim' / tool, '--help')
    imported = {
        line.split('|')[-1].strip()
        for line in out.split('\n')
        if line.startswith('import time:')
    }
    assert f'usage: {Path(tool).name}' in out and 'argparse' in imported
    assert not imported & {'torch', 'numpy', 'matplotlib', 'mmengine', 'cv2'}


# Tools one after the other in one process, which imports once.
TOOL_AFTER_TOOL = """
import json, os, runpy, sys
import regioncl_mm
print(regioncl_mm.__path__[0])
for script, *arguments in json.loads(sys.argv[1]):
    script = os.path.join(regioncl_mm.__path__[0], '.mim', 'tools', script)
    sys.argv, sys.path[0] = [script, *arguments], os.path.dirname(script)
    try:
        runpy.run_path(script, run_name='__main__')
    except SystemExit as end:
        assert not end.code, (script, end.code)
"""


def test_tools_work_outside_the_checkout(
    second_environment, outside, garments_root, tmp_path
):
    _, package = second_environment
    before = files(package)
    (tmp_path / 'nothing').mkdir()
    config = str(package / '.mim' / QUICKSTART)
    commands = [
        [
            *('train.py', config, '--cfg-options', 'train_cfg.max_epochs=1'),
            'train_dataloader.batch_size=32',  # two steps
            'custom_hooks.2.k=(20,)',  # the memory has 80 images
        ],
        ['browse_regions.py', config, '--out', 'regions.png'],
        ['make_toy_data.py', 'data/toy', '--scenes', '4'],
        ['check_data.py', 'coco', 'data/toy/coco'],
        ['report.py', 'nothing'],
        ['transfer_all.py', 'random', '--suite', 'quickstart', '--dry-run'],
        ['analysis/trade_off.py', '--out', 'trade_off.png'],
        [
            *('benchmarks/loss_head.py', '--queue', '64', '--rows', '4'),
            *('--repeats', '2', '--device', 'cpu'),
        ],
    ]
    data = str(garments_root)
    said = outside('-c', TOOL_AFTER_TOOL, json.dumps(commands), DATA_ROOT=data)
    assert f'{package}\n' in said
    assert list((tmp_path / 'work_dirs' / Path(config).stem).glob('*.pth'))
    for picture in ('regions.png', 'trade_off.png'):
        assert (tmp_path / picture).read_bytes().startswith(b'\x89PNG')
    assert (tmp_path / 'data' / 'toy' / 'cityscapes').is_dir()
    for kind in ('md', 'csv', 'html'):
        assert (tmp_path / 'nothing' / f'report.{kind}').is_file()
    assert str(package / '.mim' / 'configs' / 'quickstart') in said
    assert files(package) == before
