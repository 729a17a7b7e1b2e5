"""CITATION.cff and LICENSE say what the package says of itself."""

from pathlib import Path

import yaml

import regioncl_mm

REPO = Path(__file__).parents[1]


def test_citation_is_of_this_version_and_of_the_paper():
    citation = yaml.safe_load((REPO / 'CITATION.cff').read_text())
    assert citation['cff-version'] == '1.2.0'
    assert citation['version'] == regioncl_mm.__version__
    assert citation['license'] == 'Apache-2.0'
    paper = citation['preferred-citation']
    names = [author['family-names'] for author in paper['authors']]
    assert names == ['Xu', 'Zhang', 'Zhang', 'Tao']
    assert paper['url'].endswith('/2111.12309')


def test_license_is_the_one_that_is_declared():
    text = (REPO / 'LICENSE').read_text()
    assert 'Apache License\n                           Version 2.0' in text
    assert '[yyyy]' not in text and '[name of' not in text
    assert "license='Apache-2.0'" in (REPO / 'setup.py').read_text()


def test_changelog_has_this_version():
    changelog = (REPO / 'CHANGELOG.md').read_text()
    assert f'\n## {regioncl_mm.__version__}, ' in changelog
    assert '\n## Unreleased\n' in changelog
