"""A stand-in for ``pickle`` that rebuilds tensors and runs nothing else.

A training checkpoint pickles much besides its weights: logs, optimiser
states, numpy scalars, configs. ``torch.load(weights_only=True)`` refuses all
of it, and plain ``torch.load`` runs whatever the file asks for. Here only
names in ``ALLOWED`` are looked up; every other class or function becomes a
:class:`Placeholder`, which can be called, filled and set, and does nothing.

For ``torch.load(pickle_module=inert_pickle)``, which needs ``Unpickler`` and
``load``, for zip archives and for the format before torch 1.6 alike.
"""

from __future__ import annotations

import pickle  # nosec B403 # to build nothing from one
from collections import OrderedDict
from typing import Any, BinaryIO, Callable

import torch
from torch import _utils

ALLOWED: dict[str, Callable] = {
    'collections.OrderedDict': OrderedDict,
    'torch.Size': torch.Size,
    'torch._utils._rebuild_parameter': _utils._rebuild_parameter,
    'torch._utils._rebuild_tensor': _utils._rebuild_tensor,
    'torch._utils._rebuild_tensor_v2': _utils._rebuild_tensor_v2,
}
# No checkpoint has a reason to name these. They would be placeholders like
# the rest; whoever has such a file should know.
ATTACKS = {
    *('ctypes', 'nt', 'os', 'posix', 'pty', 'runpy', 'shutil', 'socket'),
    *('subprocess', 'sys', 'importlib'),
    *(
        f'{module}.{function}'
        for module in ('builtins', '__builtin__')
        for function in ('__import__', 'compile', 'eval', 'exec', 'open')
    ),
}


class CodeInPickleError(pickle.UnpicklingError):
    """The file names a function that no checkpoint needs."""


class Placeholder:
    """Instead of an object of the class ``path`` names."""

    path = ''

    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def __call__(self, *args, **kwargs):
        return type(self)()

    # What the unpickler calls; also what keeps it from setting attributes.
    def __setstate__(self, state):
        pass

    def __setitem__(self, key, value):
        pass

    def append(self, item):
        """Leave a list's item out."""

    def extend(self, items):
        """Leave a list's items out."""

    add = append


class Unpickler(pickle.Unpickler):
    """An unpickler that gets placeholders for all but ``ALLOWED``."""

    def find_class(self, module: str, name: str) -> Any:
        """What the file gets for a name.

        Raises:
            CodeInPickleError: If it is one of ``ATTACKS``.
        """
        path = f'{module}.{name}'
        if path in ALLOWED:
            found = ALLOWED[path]
            # A pickle can set attributes of what it gets: a class written in
            # C has none to set, a Python function is hidden in a new one.
            if isinstance(found, type):
                return found
            return lambda *args: found(*args)
        if path in ATTACKS or module.split('.')[0] in ATTACKS:
            raise CodeInPickleError(path)
        dtype = getattr(torch, name, None) if module == 'torch' else None
        if isinstance(dtype, torch.dtype):
            return dtype
        # torch compares the source of modules in old files with that of a
        # class of this name: there must be none.
        return type(f'<{path}>', (Placeholder,), dict(path=path))


def load(file: BinaryIO, **kwargs) -> Any:
    """Unpickle a file, with placeholders."""
    return Unpickler(file, **kwargs).load()
