"""pip, its output in a file and its failures in one line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Sequence

from .environment import gigabytes_free, kept

_NETWORK = (
    'connection broken|NewConnectionError|ConnectTimeout|ReadTimeout|'
    'Max retries exceeded|Connection reset|IncompleteRead'
)
_FULL = 'No space left on device|Disk quota exceeded'


class InstallError(RuntimeError):
    """Says in one line what is wrong and what to do about it."""


def pip_install(
    requirements: list[str],
    log: Path,
    index: str | None = None,
    limits: Sequence[str] = (),
) -> None:
    """Install from wheels, leaving torch, torchvision and numpy as they are.

    Args:
        requirements: As pip takes them.
        log: Gets pip's output, at its end.
        index: The package index to take, if not the user's.
        limits: Requirements that are not installed, but hold for what is.

    Raises:
        InstallError: If pip fails.
    """
    options = ['--no-compile', '--no-warn-script-location']
    if index:
        options += ['--index-url', index]
    _pip_from_wheels('install', options, requirements, log, limits)


def pip_download(
    requirements: list[str], log: Path, folder: Path, index: str | None
) -> None:
    """Put wheels into a folder, of the versions that are installed here.

    Args:
        requirements: As pip takes them.
        log: Gets pip's output, at its end.
        folder: Gets the wheels.
        index: A package index to ask beside the user's.

    Raises:
        InstallError: If pip fails.
    """
    options = ['--dest', str(folder)]
    if index:
        options += ['--extra-index-url', index]
    _pip_from_wheels('download', options, requirements, log)


def _pip_from_wheels(
    command: str,
    options: list[str],
    requirements: list[str],
    log: Path,
    limits: Sequence[str] = (),
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, 'kept.txt')
        constraints.write_text('\n'.join([*kept(), *limits, '']))
        fixed = [
            command,
            '--only-binary',
            ':all:',
            '--constraint',
            constraints,
        ]
        _pip([*fixed, *options, *requirements], log)


def _pip(arguments: list, log: Path) -> None:
    with log.open('ab') as file:
        before = file.tell()
        code = subprocess.run(
            [sys.executable, '-I', '-m', 'pip', *map(str, arguments)],
            env={**os.environ, 'PIP_DISABLE_PIP_VERSION_CHECK': '1'},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        ).returncode
    if code:
        output = log.read_bytes()[before:].decode(errors='replace')
        raise InstallError(f'{explain(output)} (more in {log})')


def explain(output: str) -> str:
    """Why pip failed, and what to do about it."""
    if re.search(_FULL, output):
        return (
            f'the disk is full: {gigabytes_free():.1f} GB free in '
            f'{sys.prefix}, and pip unpacks in {tempfile.gettempdir()} '
            '(TMPDIR=… for another place); make room and call this again'
        )
    if re.search(_NETWORK, output):
        return (
            'the package index cannot be reached; check the network and '
            "pip's proxy and index settings, and call this again"
        )
    errors = re.findall(r'^ *(?:ERROR|error): *(.*)', output, re.M)
    return errors[0] if errors else 'pip stopped without saying why'


def settings() -> dict[str, str]:
    """Those of pip that a file or the environment has, by option."""
    listed = subprocess.run(
        [sys.executable, '-I', '-m', 'pip', 'config', 'list'],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout
    return dict(re.findall(r"^\S+\.([\w-]+)='(.*)'$", listed, re.M))
