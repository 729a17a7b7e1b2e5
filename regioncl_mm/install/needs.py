"""Which downstream libraries a config needs, told from its text.

The config itself cannot be read without them: its base may be one of theirs.
"""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Iterator

from .environment import complete, installed

DISTRIBUTIONS = {
    'mmdet': ('mmdet',),
    # The two that it imports and does not declare.
    'mmseg': ('mmsegmentation', 'ftfy', 'regex'),
    'mmpose': ('mmpose',),
}
# A scope by itself, a base as `mmdet::…`, a type or a module as `mmdet.…`.
_NAME = re.compile(rf'({"|".join(DISTRIBUTIONS)})(?:::|\.|$)')


def missing_libraries(config: str | Path) -> list[str]:
    """The libraries that a config needs and that are not installed.

    Args:
        config: A config file in Python; the files that it is based on are
            read, too.

    Returns:
        Names of modules, as ``['mmdet']``.
    """
    return [name for name in needed_libraries(config) if is_missing(name)]


def is_missing(library: str) -> bool:
    """Whether there is neither a library, whole, nor a checkout of it."""
    if all(map(complete, DISTRIBUTIONS[library])):
        return False
    is_checkout = not installed(DISTRIBUTIONS[library][0])
    return not (is_checkout and find_spec(library))


def needed_libraries(config: str | Path) -> list[str]:
    """The libraries whose parts or bases a config names."""
    found: set[str] = set()
    read: set[Path] = set()
    waiting = [Path(config)]
    while waiting:
        file = waiting.pop().resolve()
        if file in read or file.suffix != '.py' or not file.is_file():
            continue
        read.add(file)
        for word in _words(file.read_text(encoding='utf-8')):
            match = _NAME.match(word)
            if match:
                found.add(match.group(1))
            elif word.endswith('.py'):
                waiting.append(file.parent / word)
    return sorted(found)


def _words(source: str) -> Iterator[str]:
    """Strings and imported modules of a file; none of one that is broken."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # is reported when the config is loaded
        return
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ''
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
