"""Install stages: what their requirements name, from wheels alone."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterable, Iterator

from .environment import gigabytes_free, installed, remove_torn
from .pip_calls import InstallError, pip_download, pip_install
from .placeholders import CHUMPY, OPENCV, XTCOCOTOOLS, write_wheel
from .requirements import name_of, read_stage
from .torch_builds import asked_index, small_index

PLACEHOLDERS = {
    'pretraining': (OPENCV,),
    'downstream': (XTCOCOTOOLS, CHUMPY),
    'developer': (),
}
# Either of two distributions has the module.
ALTERNATIVES = {
    'mmcv-lite': 'mmcv',
    'opencv-python-headless': 'opencv-python',
}
TORCH = ('torch', 'torchvision')
# Of the disk, in units of 1e9 bytes: torch with its CUDA libraries, and the
# build for CPUs; each with all else.
CUDA_SIZE, CPU_SIZE = 6.5, 2.0


def to_install(stage: str) -> list[str]:
    """The requirements of a stage, but for those that another meets."""
    return [x for x in read_stage(stage) if not _is_met(name_of(x))]


def _is_met(name: str) -> bool:
    other = ALTERNATIVES.get(name)
    return bool(other and installed(other) and not installed(name))


def install_stages(
    stages: Iterable[str], log: Path, say: Callable[[str], None]
) -> None:
    """Install stages into the environment that runs this.

    Args:
        stages: Some of ``requirements.STAGES``.
        log: Gets pip's output.
        say: Is told what is being done.

    Raises:
        InstallError: If that is not possible.
    """
    torn = remove_torn()
    if torn:
        say(f'Removing what is half installed: {", ".join(torn)}')
    requirements = [x for stage in stages for x in to_install(stage)]
    torch = [x for x in requirements if name_of(x) in TORCH]
    if not all(installed(name_of(x)) for x in torch):
        install_torch(torch, requirements, log, say)
    say('Installing ' + ', '.join(dict.fromkeys(map(name_of, requirements))))
    with _placeholders(stages, lambda name: not installed(name)) as wheels:
        pip_install([*requirements, *wheels], log)


def download_stages(stages: Iterable[str], folder: Path, log: Path) -> None:
    """Put the wheels of stages into a folder, for a machine without network.

    Args:
        stages: Some of ``requirements.STAGES``.
        folder: Gets the wheels, of versions as they are installed here.
        log: Gets pip's output.

    Raises:
        InstallError: If that is not possible.
    """
    requirements = [x for stage in stages for x in read_stage(stage)]
    with _placeholders(stages, lambda name: True) as wheels:
        pip_download([*requirements, *wheels], log, folder, asked_index())


@contextmanager
def _placeholders(
    stages: Iterable[str], wanted: Callable[[str], bool]
) -> Iterator[list[str]]:
    """Wheels of the placeholders of stages, while they are needed."""
    with tempfile.TemporaryDirectory() as folder:
        yield [
            str(write_wheel(placeholder, Path(folder)))
            for stage in stages
            for placeholder in PLACEHOLDERS[stage]
            if wanted(placeholder.name)
        ]


def install_torch(
    torch: list[str],
    limits: list[str],
    log: Path,
    say: Callable[[str], None],
) -> None:
    """Install torch, or torchvision beside it, from an index of its own.

    Where it needs none, nothing is done: it comes with the rest.

    Raises:
        InstallError: If an index that was asked for does not have it.
    """
    index = asked_index()
    if index:
        say(f'Installing PyTorch from {index}')
        pip_install(torch, log, index, limits)
        return
    if installed('torch'):
        return
    index = small_index()
    if index:
        _check_space(CPU_SIZE)
        say('Installing PyTorch for CPUs: there is no NVIDIA driver here')
        say('(TORCH=cuda in the environment chooses the other build)')
        try:
            pip_install(torch, log, index, limits)
            return
        except InstallError:
            say('That did not work; the default build takes its place')
    _check_space(CUDA_SIZE)
    say('Installing PyTorch and its CUDA libraries: about 3 GB')


def _check_space(needed: float) -> None:
    free = gigabytes_free()
    if free < needed:
        raise InstallError(
            f'the disk is too full: {free:.1f} GB free in {sys.prefix}, and '
            f'{needed:.1f} GB are needed; make room, or choose another '
            'place with REGIONCL_VENV=…'
        )
