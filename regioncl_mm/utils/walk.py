"""All parts of a config that say what to build."""

from __future__ import annotations

from typing import Iterator

from mmengine.config import Config


def walk(node, path: str = '') -> Iterator[tuple[str, dict]]:
    """All dicts with a ``type`` below a config, each with its path."""
    if isinstance(node, (dict, Config)):
        if isinstance(node, dict) and 'type' in node:
            yield path, node
        for key, value in node.items():
            yield from walk(value, f'{path}.{key}' if path else key)
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from walk(value, f'{path}[{index}]')


def dataloaders(node) -> Iterator[dict]:
    """All configs of data loaders below a config: what has a ``dataset`` and
    is no data set itself."""
    if isinstance(node, (list, tuple)):
        for value in node:
            yield from dataloaders(value)
    elif isinstance(node, (dict, Config)):
        if isinstance(node.get('dataset'), dict) and 'type' not in node:
            yield node
        for value in node.values():
            yield from dataloaders(value)
