"""The second stage: libraries that the first downstream task asks for."""

from __future__ import annotations

import fcntl
import importlib
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .environment import describe
from .needs import missing_libraries
from .packages import install_stages
from .pip_calls import InstallError
from .requirements import PACKAGE

# Which of a machine's processes this is, as launchers say.
_LOCAL_RANKS = ('LOCAL_RANK', 'SLURM_LOCALID', 'OMPI_COMM_WORLD_LOCAL_RANK')
WAIT_SECONDS = 1200
# Images of Docker often set it: every process would compile anew.
_NO_BYTECODE = 'PYTHONDONTWRITEBYTECODE'


class NotInstalledError(OSError):
    """A library is missing and was not installed; says how it can be."""


def require_libraries(*configs: str | Path, install: bool = True) -> None:
    """Install the libraries that configs need, where they are missing.

    Of several processes on a machine the first installs, and the others wait
    for it. What is installed is said before, and into which environment.

    Args:
        configs: Config files.
        install: Whether to install at all; REGIONCL_NO_INSTALL=1 in the
            environment forbids it, too.

    Raises:
        NotInstalledError: If something is missing and may not, or cannot, be
            installed. The message has the command to type.
    """
    if not _missing(configs):
        return
    if not install or os.environ.get('REGIONCL_NO_INSTALL', '0') != '0':
        raise NotInstalledError(
            f'{_missing(configs)} not installed, and nothing may be '
            f'installed now; type: {command()}'
        )
    try:
        if any(int(os.environ.get(name) or 0) for name in _LOCAL_RANKS):
            _wait(configs)
        else:
            with _lock():
                _install(configs)
    except (InstallError, OSError) as error:
        raise NotInstalledError(
            f'{_missing(configs)} not installed: {error}; the command for '
            f'it alone: {command()}'
        ) from None
    importlib.invalidate_caches()


def command() -> str:
    """The command that installs the downstream libraries here."""
    script = PACKAGE.parent / 'tools' / 'install.sh'
    environment = Path(sys.prefix)
    if script.exists() and (environment / 'regioncl_mm.stamp').exists():
        place = f'REGIONCL_VENV={environment} '
        own = environment.resolve() == (PACKAGE.parent / '.venv').resolve()
        return f'{"" if own else place}bash {script} --downstream'
    return f'{sys.executable} -m regioncl_mm.install downstream'


def _missing(configs) -> str:
    """``mmdet and mmseg are``, or nothing if nothing is missing."""
    names = sorted(
        {x for config in configs for x in missing_libraries(config)}
    )
    if not names:
        return ''
    return f'{" and ".join(names)} {"is" if len(names) == 1 else "are"}'


def _install(configs) -> None:
    if not _missing(configs):  # another process has been faster
        return
    print(
        f'{_missing(configs)} not installed: installing into {describe()} '
        '(wheels only, about 40 seconds; --no-install forbids it)',
        flush=True,
    )
    start = time.time()
    log = Path(sys.prefix, 'install.log')
    install_stages(['downstream'], log, lambda line: print(line, flush=True))
    import_once(log)
    print(f'Installed in {time.time() - start:.0f} seconds', flush=True)


def import_once(log: Path) -> None:
    """Import the downstream libraries for the first time, by themselves.

    Python compiles them then, and newer ones warn of the escapes in mmdet's
    docstrings, which is nothing that a user should read.

    Args:
        log: Gets what they print.

    Raises:
        InstallError: If they do not import.
    """
    modules = 'regioncl_mm, mmdet.models, mmseg.models, mmpose.models'
    env = {k: v for k, v in os.environ.items() if k != _NO_BYTECODE}
    with log.open('ab') as file:
        code = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', f'import {modules}'],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        ).returncode
    if code:
        raise InstallError(
            f'what was installed does not import (see the end of {log})'
        )


@contextmanager
def _lock() -> Iterator[None]:
    """One process of an environment at a time; others wait here."""
    with Path(sys.prefix, 'regioncl_mm.lock').open('w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:  # a file system without locks
            pass
        yield


def _wait(configs) -> None:
    """Until the machine's first process has installed what is missing.

    Raises:
        InstallError: If it has not after ``WAIT_SECONDS``.
    """
    start = time.time()
    while time.time() - start < WAIT_SECONDS:
        time.sleep(1)  # the first process comes first to the lock
        with _lock():
            if not _missing(configs):
                return
        importlib.invalidate_caches()
    raise InstallError('the process that installs it has not ended')
