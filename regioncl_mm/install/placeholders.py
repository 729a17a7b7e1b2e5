"""Distributions without files, for requirements that something else meets.

OpenMMLab's libraries require three distributions that cannot or need not be
installed everywhere. A placeholder has the name of one and says what serves
in its place, so that pip adds nothing and ``pip check`` finds nothing missing.
A distribution that is there is never replaced.

This file is run before anything is installed, so it imports nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import NamedTuple


class Placeholder(NamedTuple):
    name: str
    version: str  # with a local part, +…, that no release has
    summary: str
    requires: tuple[str, ...] = ()


OPENCV = Placeholder(
    'opencv-python',
    '5.0+headless',
    'opencv-python-headless serves in its place: the same cv2 without '
    'windows, which needs no libraries of a desktop',
    ('opencv-python-headless',),
)
XTCOCOTOOLS = Placeholder(
    'xtcocotools',
    '1.14.3+pycocotools',
    'regioncl_mm.compat serves in its place, over pycocotools: it has no '
    'wheel for numpy 2',
    ('pycocotools',),
)
CHUMPY = Placeholder(
    'chumpy',
    '0.70+none',
    'nothing serves in its place: mmpose requires it and imports it nowhere '
    'at run time, and it has no wheel',
)


def write_wheel(placeholder: Placeholder, folder: Path) -> Path:
    """Write a placeholder as a wheel.

    Args:
        placeholder: What to write.
        folder: Where to write it.

    Returns:
        The wheel's path.
    """
    name = placeholder.name.replace('-', '_')
    stem = f'{name}-{placeholder.version}'
    metadata = [
        'Metadata-Version: 2.1',
        f'Name: {placeholder.name}',
        f'Version: {placeholder.version}',
        f'Summary: Placeholder: {placeholder.summary}',
        *(f'Requires-Dist: {x}' for x in placeholder.requires),
    ]
    wheel = ['Wheel-Version: 1.0', 'Generator: regioncl_mm']
    wheel += ['Root-Is-Purelib: true', 'Tag: py3-none-any']
    files = {'METADATA': metadata, 'WHEEL': wheel}
    record = [f'{stem}.dist-info/RECORD,,']
    path = folder / f'{stem}-py3-none-any.whl'
    with zipfile.ZipFile(path, 'w') as archive:
        for file, lines in files.items():
            content = '\n'.join([*lines, '']).encode()
            archive.writestr(f'{stem}.dist-info/{file}', content)
            digest = hashlib.sha256(content).digest()
            code = base64.urlsafe_b64encode(digest).decode().rstrip('=')
            record.insert(
                0, f'{stem}.dist-info/{file},sha256={code},{len(content)}'
            )
        archive.writestr(f'{stem}.dist-info/RECORD', '\n'.join([*record, '']))
    return path
