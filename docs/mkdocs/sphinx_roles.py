"""An extension of griffe: Sphinx roles in docstrings become links.

Docstrings name other code as OpenMMLab's do, :func:`like_this`, which editors
show as well. Here each becomes a link, if the site has its target. A name
that nothing in the package has is a warning, and so an error of a strict
build; names of other libraries, which are dotted, become plain code.
"""

from __future__ import annotations

import re
from os.path import commonprefix
from typing import Iterator

import griffe

_ROLE = re.compile(r':(?:attr|class|data|func|meth|mod):`(~?)\.?([\w.]+)`')
_LOGGER = griffe.get_logger('griffe')


class SphinxRoles(griffe.Extension):
    def on_package_loaded(self, *, pkg, **kwargs) -> None:
        objects = list(_walk(pkg))
        paths = [obj.path for obj in objects]
        for obj in objects:
            if obj.docstring is not None:
                obj.docstring.value = _ROLE.sub(
                    lambda role, obj=obj: _link(role, obj, paths),
                    obj.docstring.value,
                )

    # Its name since griffe 2.
    on_package = on_package_loaded


def _walk(obj) -> Iterator[griffe.Object]:
    """An object and all that it defines, without what it imports."""
    yield obj
    for member in obj.members.values():
        if not member.is_alias:
            yield from _walk(member)


def _link(role: re.Match, obj: griffe.Object, paths: list[str]) -> str:
    tilde, target = role.groups()
    shown = target.rpartition('.')[2] if tilde else target
    found = [
        path for path in paths if f'.{path}'.endswith(f'.{target}')
    ] or _reexported(target, obj)
    if found:
        # Of several the one in the same class or module.
        path = max(found, key=lambda path: len(commonprefix([path, obj.path])))
        return f'<autoref optional identifier="{path}">`{shown}`</autoref>'
    if '.' not in target or target.startswith('regioncl_mm'):
        _LOGGER.warning(f'{obj.path}: nothing is named {target}')
    return f'`{shown}`'


def _reexported(target: str, obj: griffe.Object) -> list[str]:
    """A full path by way of a package that imports the object."""
    package, _, path = target.partition('.')
    try:
        return [obj.package[path].canonical_path] if path else []
    except KeyError:
        return []
