"""Placeholders are wheels that pip installs, lists and checks."""

import subprocess
import sys
import zipfile
from importlib.metadata import PathDistribution

import pytest

from regioncl_mm.install.placeholders import (
    CHUMPY,
    OPENCV,
    XTCOCOTOOLS,
    write_wheel,
)


@pytest.mark.parametrize('placeholder', [OPENCV, XTCOCOTOOLS, CHUMPY])
def test_a_placeholder_says_what_it_is_and_has_no_module(
    placeholder, tmp_path
):
    wheel = write_wheel(placeholder, tmp_path)
    assert wheel.name.endswith('-py3-none-any.whl')
    (folder,) = {x.split('/')[0] for x in zipfile.ZipFile(wheel).namelist()}
    assert folder.endswith('.dist-info')
    found = PathDistribution(zipfile.Path(wheel, f'{folder}/'))
    assert found.metadata['Name'] == placeholder.name
    assert found.metadata['Summary'].startswith('Placeholder: ')
    assert '+' in found.version  # no release's


def test_pip_installs_it(tmp_path):
    wheel = write_wheel(OPENCV, tmp_path)
    subprocess.run(
        [
            *(sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps'),
            *('--no-index', '--target', tmp_path / 'site', wheel),
        ],
        check=True,
    )
    (folder,) = (tmp_path / 'site').glob('*.dist-info')
    assert folder.name == 'opencv_python-5.0+headless.dist-info'
    assert PathDistribution(folder).requires == ['opencv-python-headless']
