"""The rooms import one another in one direction."""

import ast
from importlib.util import resolve_name

import pytest
from conftest import REPO


def imported(package):
    """Every module that the files of a package name, with the file's."""
    for path in sorted((REPO / 'regioncl_mm' / package).rglob('*.py')):
        parents = '.'.join(path.relative_to(REPO).parts[:-1])
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                name = '.' * node.level + (node.module or '')
                module = resolve_name(name, parents) if node.level else name
                yield path, module
                # `from .. import hooks` names a module, too.
                for alias in node.names:
                    yield path, f'{module}.{alias.name}'


@pytest.mark.parametrize(
    'package, above',
    [
        ('checkpoints', ('evaluation', 'hooks', 'transfer', 'cli')),
        ('evaluation', ('hooks', 'transfer', 'cli')),
        ('hooks', ('transfer', 'cli')),
        ('transfer', ('cli',)),
    ],
)
def test_a_room_imports_nothing_of_those_above_it(package, above):
    found = list(imported(package))
    assert len(found) > 10
    for path, name in found:
        for other in above:
            module = f'regioncl_mm.{other}'
            assert name != module and not name.startswith(f'{module}.'), path


def test_imports_are_seen():
    """Both kinds: the hooks' and this project's own."""
    names = {name for _, name in imported('transfer')}
    assert {'argparse', 'regioncl_mm.hooks', 'regioncl_mm.checkpoints'} <= (
        names
    )
