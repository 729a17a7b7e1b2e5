"""``pkgutil.find_loader``, which Python 3.14 does not have any more.

mmengine and mmcv ask it whether mmcv has compiled ops: mmengine whenever an
optimiser is built and when batch norms are converted back.
"""

from __future__ import annotations

import importlib.util
import pkgutil
from typing import Any


def needed() -> bool:
    return not hasattr(pkgutil, 'find_loader')


def apply() -> None:
    pkgutil.find_loader = find_loader  # type: ignore


def find_loader(name: str) -> Any:
    """The loader of the module ``name``, None if there is no such module."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:  # nor a package that it could be in
        return None
    return None if spec is None else spec.loader
