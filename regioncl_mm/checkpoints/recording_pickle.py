"""A stand-in for ``pickle`` that writes down what a file asks for.

As :mod:`.inert_pickle`, whose names it allows and refuses, but what stands
in for an unknown object remembers of what class it would be and what it
would be made of. :mod:`.training` makes those that it knows.

For ``torch.load(pickle_module=recording_pickle)``.
"""

from __future__ import annotations

from typing import Any, BinaryIO

from . import inert_pickle
from .inert_pickle import Placeholder


class Record(Placeholder):
    """An object of the class, or the result of the function, ``path``."""

    args: tuple = ()
    state: Any = None

    def __new__(cls, *args, **kwargs):
        record = super().__new__(cls)
        record.args = args
        return record

    def __setstate__(self, state):
        self.state = state


# pickle's protocol 2, which torch writes, has Python 2's names.
RENAMED = dict(__builtin__='builtins', copy_reg='copyreg')


class Unpickler(inert_pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = RENAMED.get(module, module)
        found = super().find_class(module, name)
        if isinstance(found, type) and issubclass(found, Placeholder):
            return type(found.__name__, (Record,), dict(path=found.path))
        return found


def load(file: BinaryIO, **kwargs) -> Any:
    return Unpickler(file, **kwargs).load()
