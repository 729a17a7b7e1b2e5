"""Files that are no checkpoints, or not of a kind that is read."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import torch

from .whole import is_zip


def describe_file(path: Path) -> str:
    """What a file that does not load seems to be, and what to do."""
    with path.open('rb') as file:
        start = file.read(24)
    if path.suffix == '.safetensors' or start.startswith((b'PK', b'\x80')):
        return (
            'starts like a checkpoint but does not load: it may have been '
            'cut short or be of another kind; copy or download it again, or '
            'save the state dict anew with `torch.save`'
        )
    if tarfile.is_tarfile(path):
        return 'is a tar archive; give the checkpoint that is in it'
    return (
        f'is not a checkpoint, it starts with {start!r}; perhaps a web page '
        'or a pointer was saved instead of the file: download it again'
    )


def refuse_programs(path: Path) -> None:
    """Refuse the two formats for which ``torch.load`` leaves its unpickler.

    Raises:
        ValueError: If the file is a TorchScript program or a tar.
    """
    if tarfile.is_tarfile(path):
        raise ValueError('the tar format of torch 0.1 is not supported')
    if is_zip(path):
        # torch's stubs do not have all of it.
        reader: Any = torch._C.PyTorchFileReader(str(path))
        if 'constants.pkl' in reader.get_all_records():
            raise ValueError('a TorchScript program is not supported')


def first_line(error: Exception) -> str:
    """An error's message without the stack of torch's C++ code."""
    lines = str(error).split('\nException raised from')[0].split('\n')
    return lines[0] or type(error).__name__
