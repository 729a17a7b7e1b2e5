"""Which build of PyTorch: the small one for CPUs, or the default one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .environment import installed
from .pip_calls import settings

BUILDS = 'https://download.pytorch.org/whl'
SECONDS = 20  # at most, to wait for an answer


def asked_index() -> str | None:
    """The index that builds of torch must come from.

    The environment variable TORCH says which: ``cpu``, another folder of
    PyTorch's index as ``cu126``, or the address of an index. A torch that is
    installed says it too, by its version: torchvision's build must be of the
    same kind. Nothing is asked for by ``TORCH=cuda``.
    """
    build = (installed('torch') or '').partition('+')[2]
    if not build.startswith(('cpu', 'cu1')):
        build = ''
    build = build or os.environ.get('TORCH', '')
    if build in ('', 'cuda'):
        return None
    return build if '://' in build else f'{BUILDS}/{build}'


def small_index() -> str | None:
    """The index of builds for CPUs, where these are the right ones.

    None where there is, or may be, a GPU; where the user's settings say
    where pip may look; and where the index does not answer.
    """
    if 'TORCH' in os.environ or may_have_gpu():
        return None
    if not sys.platform.startswith('linux'):  # the default is for CPUs
        return None
    given = settings()
    if 'index-url' in given or 'no-index' in given:
        return None
    index = f'{BUILDS}/cpu'
    return index if has_builds(index, given) else None


def may_have_gpu() -> bool:
    """Whether there is an NVIDIA driver, here or behind a batch system."""
    return (
        Path('/proc/driver/nvidia').exists()
        or Path('/dev/dxg').exists()  # Windows' subsystem for Linux
        or any(map(shutil.which, ('nvidia-smi', 'sbatch')))
    )


def has_builds(index: str, given: dict[str, str]) -> bool:
    """Whether an index answers, and has CPU builds for this Python.

    pip asks, since it knows of proxies and certificates; it has seconds.

    Args:
        index: The address of the index; no other is asked.
        given: The user's settings.
    """
    command = [sys.executable, '-I', '-m', 'pip', '--isolated', 'index']
    command += ['versions', 'torch', '--index-url', index]
    command += ['--retries', '1', '--timeout', '5']
    for option in ('proxy', 'cert'):
        if option in given:
            command += [f'--{option}', given[option]]
    try:
        answer = subprocess.run(
            command,
            env={**os.environ, 'PIP_CONFIG_FILE': os.devnull},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    return '+cpu' in answer.stdout
