"""What a training checkpoint says of itself, read without its tensors."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from . import inert_pickle
from .whole import DamagedFileError


class Saved(NamedTuple):
    """When a training checkpoint was saved; later ones are larger."""

    time: str  # of day, as mmengine writes it: 20261128_095000
    iter: int
    epoch: int


def when_saved(path: Path) -> Saved | None:
    """When a checkpoint was saved; None if no training can go on from it.

    Its tensors are not read.

    Raises:
        DamagedFileError: If the file is not whole.
    """
    try:
        with path.open('rb') as file:
            if file.read(1) == b'\x80':
                return None  # torch's format before 1.6, which no run writes
        with zipfile.ZipFile(path) as archive:
            (name,) = (
                name
                for name in archive.namelist()
                if name.count('/') == 1 and name.endswith('/data.pkl')
            )
            with archive.open(name) as file:
                content = OutlineUnpickler(file).load()
        if not isinstance(content, dict) or 'message_hub' not in content:
            return None
        meta = content['meta']
        return Saved(
            str(meta.get('time')), int(meta['iter']), int(meta['epoch'])
        )
    except Exception as error:  # a broken pickle can raise anything
        raise DamagedFileError(
            f'it is damaged or cut short ({error})'
        ) from error


class OutlineUnpickler(inert_pickle.Unpickler):
    """Reads the numbers and texts of a checkpoint, and none of its tensors."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ('collections', 'OrderedDict'):
            return super().find_class(module, name)
        return inert_pickle.Placeholder

    def persistent_load(self, pid: Any) -> None:
        """No storage of a tensor."""
