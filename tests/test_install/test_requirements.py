"""The profiles' files, read section by section."""

import re

import pytest
from conftest import REPO
from packaging.requirements import Requirement

from regioncl_mm.install.requirements import (
    STAGES,
    name_of,
    read_section,
    read_stage,
)

TEXT = """# A file
# --- first (and more) ---
torch>=2.1
# why
numpy>=1.24,<2; python_version < "3.9"

# --- second ---
mmdet==3.3.0
"""


def test_sections_are_read_by_how_their_headings_begin():
    assert read_section(TEXT, 'first') == [
        'torch>=2.1',
        'numpy>=1.24,<2; python_version < "3.9"',
    ]
    assert read_section(TEXT, 'second') == ['mmdet==3.3.0']
    with pytest.raises(ValueError, match='no section `third`'):
        read_section(TEXT, 'third')


def test_names():
    assert name_of('mmdet==3.3.0') == 'mmdet'
    assert name_of('opencv-python-headless>=4.5.4,<6') == (
        'opencv-python-headless'
    )


def test_stages_name_what_they_are_for():
    names = {stage: set(map(name_of, read_stage(stage))) for stage in STAGES}
    assert {'torch', 'mmpretrain', 'mmcv-lite'} < names['pretraining']
    assert {'mmdet', 'mmsegmentation', 'mmpose'} < names['downstream']
    assert {'pytest', 'ruff'} < names['developer']


def test_the_newest_profile_has_no_upper_bound_on_torch_and_numpy():
    found = {x.name: x for x in map(Requirement, read_stage('pretraining'))}
    for name in ('torch', 'torchvision', 'numpy'):
        assert re.fullmatch(r'>=[\d.]+', str(found[name].specifier))


def test_the_pinned_profile_fits_the_lower_bounds_of_the_package():
    pinned = read_section(
        (REPO / 'requirements-pinned.txt').read_text(), 'pretraining'
    )
    bounds = {x.name: x for x in map(Requirement, read_stage('pretraining'))}
    for requirement in map(Requirement, pinned):
        for specifier in requirement.specifier:
            if specifier.operator == '==':
                bound = bounds[requirement.name].specifier
                assert bound.contains(specifier.version), requirement
