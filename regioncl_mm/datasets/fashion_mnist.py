"""Fetches Fashion-MNIST from whoever has it."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from mmpretrain.datasets import FashionMNIST

from ..utils.files import write_bytes

FILES = [
    name[: -len('.gz')]
    for name, _ in FashionMNIST.train_list + FashionMNIST.test_list
]
DEBIAN_PACKAGE = 'dataset-fashion-mnist'
APT_USER = '_apt'
DEBIAN_FOLDER = 'usr/share/datasets/fashion-mnist'


def fetch_fashion_mnist(out: Path, given: str | None = None) -> Path:
    """Find a folder with the four unpacked files, or fill one.

    The first source that has the files serves: the folder ``given``; what an
    earlier call left in ``out``; Debian's package ``dataset-fashion-mnist``,
    installed, or fetched and unpacked without installing; mmpretrain's own
    download.

    Args:
        out: Folder for the files, if they are not unpacked elsewhere.
        given: A folder with the files, packed or unpacked. Nothing else is
            tried.

    Returns:
        ``given`` if it has the files unpacked, and else ``out``.

    Raises:
        ValueError: If no source has the files.
    """
    if given:
        source = Path(given)
        if is_complete(source):
            return source
        if not copy_from(source, out):
            raise ValueError(
                f'DATA_ROOT={source} does not hold the files '
                f'{", ".join(FILES)} (.gz or unpacked)'
            )
    elif not is_complete(out):
        print('Getting Fashion-MNIST (31 MB) ...', flush=True)
        if not (copy_from_debian(out) or download(out)):
            raise ValueError(
                'Fashion-MNIST is to be had neither from Debian nor from its '
                'own server. Get its four idx files by other means and set '
                'DATA_ROOT=FOLDER'
            )
    return out


def is_complete(folder: Path) -> bool:
    """Whether the folder has all files, unpacked."""
    return all((folder / name).is_file() for name in FILES)


def copy_from(source: Path, out: Path) -> bool:
    """Copy the files from a folder and unpack them.

    Returns:
        Whether the folder has all of them; if not, none is copied.
    """
    packed = [source / f'{name}.gz' for name in FILES]
    plain = [source / name for name in FILES]
    if not all(a.is_file() or b.is_file() for a, b in zip(packed, plain)):
        return False
    out.mkdir(parents=True, exist_ok=True)
    for gz, raw, name in zip(packed, plain, FILES):
        opened = raw.open('rb') if raw.is_file() else gzip.open(gz)
        with opened as stream:
            write_bytes(out / name, stream.read())
    return True


def copy_from_debian(out: Path) -> bool:
    """Copy the files from Debian's package, without installing it.

    Returns:
        Whether that was possible.
    """
    if copy_from(Path('/') / DEBIAN_FOLDER, out):
        return True
    if not (shutil.which('apt-get') and shutil.which('dpkg-deb')):
        return False
    fetch = ['apt-get', '-q', 'download', DEBIAN_PACKAGE]
    with tempfile.TemporaryDirectory() as folder:
        is_root = os.geteuid() == 0
        if is_root:
            # apt then fetches as a user of its own, and nobody else is to
            # put a package here.
            with suppress(LookupError):
                shutil.chown(folder, APT_USER)
        if not _quietly(fetch, folder) and is_root:
            _quietly(['apt-get', '-q', 'update'], folder)
            _quietly(fetch, folder)
        packages = list(Path(folder).glob('*.deb'))
        if not packages:
            return False
        subprocess.run(['dpkg-deb', '-x', packages[0], folder], check=True)
        return copy_from(Path(folder) / DEBIAN_FOLDER, out)


def _quietly(command: list[str], folder: str) -> bool:
    """Run a command without its output; whether it succeeded."""
    return (
        subprocess.run(
            command,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ).returncode
        == 0
    )


def download(out: Path) -> bool:
    """Let mmpretrain download the files from the data set's own server.

    Returns:
        Whether that was possible.
    """
    try:
        FashionMNIST(data_root=str(out), download=True)
    except OSError as error:  # urllib's errors are OSErrors
        print(f'mmpretrain could not download it: {error}')
        return False
    return is_complete(out)
