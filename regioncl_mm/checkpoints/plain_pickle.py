"""Files that Python's ``pickle`` wrote without torch, as detectron2 does.

They hold numpy arrays, which are rebuilt from records; nothing in the file is
called.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from . import inert_pickle, recording_pickle
from .nested import state_dict_in
from .rebuild import rebuild
from .whole import is_zip

# What torch's format before 1.6 begins with.
TORCH_NUMBER = 0x1950A86A20F9469CFC6C


def is_plain_pickle(path: Path) -> bool:
    """Whether a file is a pickle that ``torch.save`` did not write."""
    if is_zip(path):
        return False
    with path.open('rb') as file:
        if file.read(1) != b'\x80':
            return path.suffix == '.pkl'
        file.seek(0)
        try:
            return inert_pickle.load(file) != TORCH_NUMBER
        except inert_pickle.CodeInPickleError:
            raise
        except Exception:  # a broken pickle can raise anything
            return True


def load_plain_pickle(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    """The named arrays in such a file, as tensors below ``model``.

    Raises:
        CodeInPickleError, NotRebuiltError: If it names anything but arrays,
            numbers and text.
        ValueError: If it has no arrays.
    """
    with path.open('rb') as file:
        # Python 2 wrote text and bytes alike.
        content = recording_pickle.load(file, encoding='latin1')
    content = rebuild(content)
    if not isinstance(content, dict):
        raise ValueError('a pickle without arrays')
    state_dict, _ = state_dict_in(content)
    tensors = {
        name: torch.from_numpy(value)
        for name, value in state_dict.items()
        if isinstance(value, np.ndarray) and value.dtype.kind in 'biufc'
    }
    if not tensors:
        raise ValueError('a pickle without arrays')
    return dict(model=tensors)
