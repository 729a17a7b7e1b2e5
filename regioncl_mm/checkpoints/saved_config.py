"""The backbone's config in a training checkpoint, read and not run.

mmengine saves a run's config as Python. Of that only values are taken: texts,
numbers, lists, tuples, sets, and dicts in braces or as ``dict(a=1)``.
"""

from __future__ import annotations

import ast
from typing import Any


def backbone_config(text: Any) -> dict | None:
    """``model.backbone`` of a config's text; None if it cannot be told."""
    if not isinstance(text, str):
        return None
    try:
        for node in ast.parse(text).body:
            if not isinstance(node, ast.Assign):
                continue
            (target,) = node.targets
            if isinstance(target, ast.Name) and target.id == 'model':
                backbone = value_of(node.value)['backbone']
                return backbone if isinstance(backbone, dict) else None
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError):
        return None
    return None


def value_of(node: ast.AST) -> Any:
    """What an expression of values stands for.

    Raises:
        ValueError: If it is any other expression.
    """
    if isinstance(node, ast.Call):
        is_dict = isinstance(node.func, ast.Name) and node.func.id == 'dict'
        if (
            not is_dict
            or node.args
            or any(x.arg is None for x in node.keywords)
        ):
            raise ValueError('a call')
        return {
            keyword.arg: value_of(keyword.value) for keyword in node.keywords
        }
    if isinstance(node, ast.Dict):
        if None in node.keys:
            raise ValueError('a dict in a dict')
        keys = [value_of(key) for key in node.keys if key]
        return dict(zip(keys, map(value_of, node.values)))
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [value_of(item) for item in node.elts]
        return values if isinstance(node, ast.List) else tuple(values)
    return ast.literal_eval(node)
