"""A repaired function takes the place of another."""

import sys
from types import ModuleType

import pytest

from regioncl_mm.compat.replace import replace


def original():
    return 'original'


def repaired():
    return 'repaired'


@pytest.fixture
def modules(monkeypatch):
    found = {}
    for name in ('package', 'package.part', 'packages'):
        found[name] = ModuleType(name)
        found[name].function = original
        monkeypatch.setitem(sys.modules, name, found[name])
    # As some programs, and tests, forbid an import.
    monkeypatch.setitem(sys.modules, 'package.forbidden', None)
    return found


def test_it_is_replaced_in_its_package_alone(modules):
    modules['package'].other = sorted
    replace('package', original, repaired)
    called = {name: x.function() for name, x in modules.items()}
    assert called == {
        'package': 'repaired',
        'package.part': 'repaired',
        'packages': 'original',
    }
    assert modules['package'].other is sorted
