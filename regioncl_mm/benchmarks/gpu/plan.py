"""Which stages there are, and what each is told."""

from __future__ import annotations

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

from ...cli.programs import python
from ...datasets.cifar10 import has_pictures
from ...utils.places import project_root
from .readings import read_step, read_tests, read_training
from .stages import Stage

PICTURES, TESTS, CIFAR10 = 'pictures', 'tests', 'cifar10'
# Steps by the arguments that they have besides those of all, by name.
STEPS: dict[str, tuple[str, ...]] = {
    'step-128': ('--both-phases',),
    'step-256': ('--both-phases', '--ours'),
    'step-compiled': ('--compile', '--ours'),
}
NAMES = (PICTURES, TESTS, *STEPS, CIFAR10)
# Seconds of nine minutes, rather too many before the last: what is left over
# goes to the next, so that about five minutes are CIFAR-10's. What the
# installation takes is in the first.
SECONDS = dict(zip(NAMES, (45, 50, 60, 40, 80, 265)))
ALL_STEPS = ('--precision', 'bfloat16', '--channels-last')
SMALL = (
    *('--size', '64', '--queue', '64', '--depth', '18'),
    *('--steps', '2', '--warmup', '1'),
)
SPARE = 10  # seconds in which trainings are over, to save and leave


def plan(args: Namespace, folder: Path) -> list[Stage]:
    """The stages that the arguments of ``gpu.py`` ask for.

    Args:
        args: Its arguments.
        folder: For what is not kept: pictures, trainings.
    """
    env = {}
    if args.device == 'cpu':
        env['CUDA_VISIBLE_DEVICES'] = ''  # as if there were none
    source = args.data.resolve()
    unpack, pictures = provide_pictures(source, folder / 'cifar10')
    stages = [
        Stage(PICTURES, SECONDS[PICTURES], lambda until: unpack),
        Stage(
            TESTS,
            SECONDS[TESTS],
            lambda until: tests_command(),
            read=read_tests,
        ),
    ]
    for name in STEPS:
        file = folder / f'{name}.json'
        stages.append(
            Stage(
                name,
                SECONDS[name],
                partial(step_command, name, args, file),
                read=read_step,
                result=file,
            )
        )
    file = folder / 'cifar10.json'
    stages.append(
        Stage(
            CIFAR10,
            SECONDS[CIFAR10],
            partial(training_command, args, folder, file),
            env=dict(DATA_ROOT=str(pictures)),
            read=read_training,
            result=file,
            needs=PICTURES,
        )
    )
    chosen = {*args.stages}
    if CIFAR10 in chosen:
        chosen.add(PICTURES)
    stages = [stage for stage in stages if stage.name in chosen]
    whole = sum(stage.share for stage in stages)
    for stage in stages:
        stage.share /= whole
        stage.env.update(env)
    return stages


def provide_pictures(source: Path, to: Path) -> tuple[list[str], Path]:
    """How to come by CIFAR-10's pictures.

    Args:
        source: A folder with them or for them, or an archive of one.
        to: Gets what is unpacked.

    Returns:
        The command that provides them, and where they are then.
    """
    if source.is_file():
        return [
            sys.executable,
            '-m',
            'tarfile',
            '-e',
            str(source),
            str(to),
        ], to
    if has_pictures(source):
        return [sys.executable, '-c', ''], source
    return python('get_cifar10.py', '--out', source), source


def tests_command() -> list[str]:
    """Runs the tests that need a GPU, of the files that have any."""
    tests = project_root() / 'tests'
    files = sorted(
        str(path)
        for path in tests.rglob('test_*.py')
        if 'pytest.mark.gpu\n' in path.read_text(encoding='utf-8')
    )
    return [
        *(sys.executable, '-m', 'pytest', '-m', 'gpu', '-v', '--tb=short'),
        *('-p', 'no:cacheprovider', f'--rootdir={tests.parent}'),
        # An installed wheel has none, and pytest says so.
        *(files or [str(tests)]),
    ]


def step_command(
    name: str, args: Namespace, file: Path, until: float
) -> list[str]:
    """Times a step of RegionCL-M."""
    sizes: tuple[Any, ...] = ('--steps', 12)
    batch = 256 if name.endswith('256') else 128
    if args.small:
        sizes, batch = SMALL, batch // 64
    return python(
        'benchmarks/step.py',
        *(*ALL_STEPS, *STEPS[name], *sizes, '--batch', batch),
        *('--device', args.device, '--json', file),
    )


def training_command(
    args: Namespace, folder: Path, file: Path, until: float
) -> list[str]:
    """Trains MoCo v2 and RegionCL-M."""
    return [
        *(sys.executable, '-m', f'{__package__}.cifar10'),
        *('--until', str(until - SPARE), '--json', str(file)),
        *('--work-dir', str(folder / 'trainings')),
        *(['--small'] if args.small else []),
    ]
