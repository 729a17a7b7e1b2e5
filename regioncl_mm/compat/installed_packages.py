"""mmengine's search for installed packages, without ``pkg_resources``.

A base such as ``mmdet::_base_/models/…`` is looked for in the folder of the
package that it names. mmengine 0.10.7 asks ``pkg_resources`` for it, which
setuptools 82 and later have no more (and Python 3.12 and later come without
setuptools); from 80 on each import of it prints a warning of two lines. These
functions ask the standard library and answer the same.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from .replace import replace


def needed() -> bool:
    if importlib.util.find_spec('pkg_resources') is None:
        return True
    try:
        return int(version('setuptools').split('.')[0]) >= 80
    except PackageNotFoundError:  # Debian packs pkg_resources by itself
        return False


def apply() -> None:
    from mmengine.utils import package_utils

    for repaired in (is_installed, get_installed_path, package2module):
        original = getattr(package_utils, repaired.__name__)
        replace('mmengine', original, repaired)


def is_installed(package: str) -> bool:
    """Whether there is a distribution, or else a module, of this name."""
    try:
        distribution(package)
    except PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.origin is not None
    return True


def get_installed_path(package: str) -> str:
    """The folder of the module that a distribution installed.

    Args:
        package: The distribution's name, such as ``mmsegmentation``; or that
            of a module that no distribution was installed for.

    Raises:
        PackageNotFoundError: If there is neither.
        RuntimeError: If the module is a namespace, which has no folder.
        ValueError: If the distribution does not say what it installed.
    """
    try:
        found = distribution(package)
    except PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise
        if spec.origin is None:
            raise RuntimeError(
                f'{package} is a namespace package: it has no folder of its '
                'own'
            ) from None
        return str(Path(spec.origin).parent)
    folder = Path(str(found.locate_file('')))
    path = folder / package
    return str(path if path.exists() else folder / package2module(package))


def package2module(package: str) -> str:
    """The name by which a distribution is imported.

    Raises:
        ValueError: If the distribution does not say.
    """
    modules = distribution(package).read_text('top_level.txt')
    if modules is None:
        raise ValueError(f'can not infer the module name of {package}')
    return modules.split('\n')[0]
