"""Put a repaired function in the place of another, wherever it is bound."""

from __future__ import annotations

import sys
from typing import Callable


def replace(package: str, original: Callable, repaired: Callable) -> None:
    """Bind ``repaired`` where modules of a package have ``original``.

    ``from .a import f`` gives a module a name of its own for a function, so
    changing one module does not reach the others.

    Args:
        package: Its modules that are loaded are changed, no others.
        original: The function to replace.
        repaired: What takes its place.
    """
    for name, module in list(sys.modules.items()):
        # None stands for a module that must not be imported.
        if module is None or name.split('.')[0] != package:
            continue
        for key, value in list(vars(module).items()):
            if value is original:
                setattr(module, key, repaired)
