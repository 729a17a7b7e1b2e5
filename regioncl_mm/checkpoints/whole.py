"""Whether a checkpoint is as it was written, to the last bit."""

from __future__ import annotations

import zipfile
from pathlib import Path

ZIP_START = b'PK\x03\x04'
CHUNK = 4 << 20  # bytes


class DamagedFileError(ValueError):
    """A file is not what was written, or not all of it."""


def is_zip(path: Path) -> bool:
    """Whether a file is of torch's format since 1.6, by its first bytes."""
    with path.open('rb') as file:
        return file.read(len(ZIP_START)) == ZIP_START


def check_records(path: Path) -> None:
    """Compare all that is in a zip with the checksums that the zip has of it.

    ``torch.load`` does not, and loads what a disk or a copy has changed. A
    file of another format has no checksums.

    Raises:
        DamagedFileError: Naming what has changed.
    """
    if not is_zip(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as record:
                    while record.read(CHUNK):
                        pass
    except Exception as error:  # whatever a bit can turn a header into
        raise DamagedFileError(
            f'it is damaged or cut short ({error}): take an earlier '
            'checkpoint, or copy the file again'
        ) from error
