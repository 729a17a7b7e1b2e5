"""The documents: links lead somewhere, commands name files that exist, and
the site's API reference has every public name."""

import ast
import importlib
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from mmengine.registry import Registry

REPO = Path(__file__).parents[1]
DOCUMENTS = [
    *(REPO / name for name in ('README.md', 'CONTRIBUTING.md')),
    REPO / 'tools/benchmarks/README.md',
    *sorted((REPO / 'docs').rglob('*.md')),
]
# What other projects import; the packages' own `__all__` has the rest.
REGIONS = (
    'Region sample_region swap_partners swap_regions erase_regions '
    'pool_regions image_grid'
)
# Named in the documents, and of other projects.
NOT_OURS = {'tools/dataset_converters/'}


def name_of(path):
    return path.relative_to(REPO).as_posix()


def without_code(text):
    return re.sub(r'^```.*?^```', '', text, flags=re.M | re.S)


def anchors(path):
    """The headings of a document, as GitHub makes anchors of them."""
    headings = re.findall(r'^#+ (.+)$', without_code(path.read_text()), re.M)
    plain = [re.sub(r'[^\w\- ]', '', heading.lower()) for heading in headings]
    return {heading.replace(' ', '-') for heading in plain}


@pytest.mark.parametrize(
    'path', [*DOCUMENTS, REPO / 'CHANGELOG.md'], ids=name_of
)
def test_links_lead_to_files_and_headings(path):
    links = re.findall(r'\]\(([^)\s]+)\)', without_code(path.read_text()))
    for link in links:
        if '://' in link:
            continue
        file, _, anchor = link.partition('#')
        target = path.parent / file if file else path
        assert target.exists(), f'{name_of(path)} links to {link}'
        if anchor:
            assert anchor in anchors(target), f'{name_of(path)}: {link}'


def files_named_in(path):
    """``tools/…`` and ``configs/…`` in commands and in code within text."""
    text = path.read_text()
    commands = re.findall(r'^```(?:bash|shell)\n(.*?)^```', text, re.M | re.S)
    inline = re.findall(r'`([^`]+)`', without_code(text))
    for code in commands + inline:
        yield from re.findall(
            r'(?<![\w/.$-])(?:tools|configs)/[\w./…*-]*', code
        )


@pytest.mark.parametrize('path', DOCUMENTS, ids=name_of)
def test_commands_name_files_that_exist(path):
    for name in files_named_in(path):
        if name in NOT_OURS:
            continue
        # An ellipsis stands for the rest of a name.
        assert list(REPO.glob(name.rstrip('.').replace('…', '*'))), (
            f'{name_of(path)} names {name}, and there is no such file'
        )


def exported_names():
    """What the packages and modules have in ``__all__``."""
    for path in sorted((REPO / 'regioncl_mm').rglob('*.py')):
        module = '.'.join(path.relative_to(REPO).with_suffix('').parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and any(
                getattr(target, 'id', None) == '__all__'
                for target in node.targets
            ):
                for name in ast.literal_eval(node.value):
                    if not name.startswith('__'):
                        yield f'{module.replace(".__init__", "")}.{name}'


def registered_classes():
    """The full names of our classes in the registries of all libraries."""
    importlib.import_module('regioncl_mm.models.downstream')
    for library in ('mmengine', 'mmpretrain', 'mmdet'):
        registries = vars(importlib.import_module(f'{library}.registry'))
        for registry in registries.values():
            if isinstance(registry, Registry):
                for item in registry.module_dict.values():
                    if item.__module__.startswith('regioncl_mm.'):
                        yield f'{item.__module__}.{item.__qualname__}'


def test_promises_name_tests_that_exist():
    text = (REPO / 'docs' / 'reliability.md').read_text()
    named = re.findall(r'`(test_[\w/]+\.py)(?: -k (\w+))?', text)
    assert len(named) > 20
    for file, word in named:
        source = (REPO / 'tests' / file).read_text()
        assert re.search(rf'def test_\w*{word}', source), (file, word)


@pytest.fixture(scope='module')
def names_in_site(tmp_path_factory):
    """The names that the API reference has, of a site built anew."""
    pytest.importorskip('mkdocs', reason='docs/requirements.txt')
    site = tmp_path_factory.mktemp('site')
    result = subprocess.run(
        [sys.executable, '-m', 'mkdocs', 'build', '--strict', '-d', str(site)],
        cwd=REPO,
        env={**os.environ, 'NO_MKDOCS_2_WARNING': '1'},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    inventory = (site / 'objects.inv').read_bytes()
    lines = zlib.decompress(inventory.split(b'\n', 4)[4]).decode()
    return {line.split(' ')[0] for line in lines.splitlines()}


def test_every_public_name_is_in_the_api_reference(names_in_site):
    public = {
        *(f'regioncl_mm.regions.{name}' for name in REGIONS.split()),
        *exported_names(),
        *registered_classes(),
    }
    assert {
        'regioncl_mm.models.RegionBranch',
        'regioncl_mm.models.selfsup.regioncl_m.RegionCLM',
    } <= public
    assert sorted(public - names_in_site) == []
