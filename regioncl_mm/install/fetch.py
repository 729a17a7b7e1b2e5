"""Fetch a file from the package index, where pip is of no help.

    python fetch.py FILE SHA256 FOLDER

A Python without ensurepip, as Debian's, gets pip's own wheel this way; and
sources get here that pip cannot even look at with a newer Python. Run as a
script before anything is installed, so it imports the standard library alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import ssl
import sys
import urllib.parse
import urllib.request
from pathlib import Path

SECONDS = 20  # without an answer


def fetch(file: str, sha256: str, folder: Path) -> Path:
    """Fetch a wheel or an archive of sources.

    Args:
        file: Its name, ``PROJECT-VERSION…``.
        sha256: Its checksum.
        folder: Where to put it.

    Raises:
        OSError: If the index cannot be read.
        ValueError: If it has no such file, or another one of this name.
    """
    index = os.environ.get('PIP_INDEX_URL', 'https://pypi.org/simple')
    page = f'{index.rstrip("/")}/{file.split("-")[0]}/'
    links = re.findall(r'href="([^"#]+)', _read(page).decode())
    links = [link for link in links if link.split('/')[-1] == file]
    if not links:
        raise ValueError(f'{page} has no {file}')
    content = _read(urllib.parse.urljoin(page, links[0]))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f'{file} of {page} is not the file that it should be')
    path = folder / file
    path.write_bytes(content)
    return path


def _read(address: str) -> bytes:
    trusted = ssl.create_default_context(cafile=os.environ.get('PIP_CERT'))
    with urllib.request.urlopen(  # nosec B310 # compared with a checksum
        address, timeout=SECONDS, context=trusted
    ) as reply:
        return reply.read()


def main(argv=None) -> None:
    file, sha256, folder = argv or sys.argv[1:]
    try:
        fetch(file, sha256, Path(folder))
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == '__main__':
    main()
