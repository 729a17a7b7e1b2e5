"""Run the stages, print the table, write the figures."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from argparse import Namespace
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from ...utils.files import write_json
from ..step.run import device_name
from .plan import plan
from .stages import Outcome, run_stages
from .table import AIM, AIMS_SOURCE, table, undone

PACKAGES = ('torchvision', 'numpy', 'mmengine', 'mmcv-lite', 'mmpretrain')
RESERVE = 10  # seconds for the table


def run(args: Namespace) -> str:
    """What ``tools/benchmarks/gpu.py`` does, with its arguments.

    Returns:
        The stages that are not done, in words; none if all are.

    Raises:
        ValueError: If there is no GPU and none is renounced.
    """
    if args.device != 'cpu' and not torch.cuda.is_available():
        raise ValueError(
            'torch finds no GPU here; `--device cpu --small` runs every stage '
            'without one'
        )
    start = time.time() - args.passed
    about = describe(args.device)
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.json or args.out / 'gpu.json'
    found: dict[str, Any] = dict(
        about,
        date=date.today().isoformat(),
        settings={name: str(value) for name, value in vars(args).items()},
        aim=dict(images_per_s=AIM, source=AIMS_SOURCE),
        install=dict(status='done', seconds=args.passed),
    )

    def ended(name: str, outcome: Outcome) -> None:
        print(f'{name}: {outcome.status}, {outcome.seconds:.0f} s', flush=True)
        # What is found stays, whatever becomes of the rest.
        found[name] = outcome._asdict()
        write_json(file, found)

    with tempfile.TemporaryDirectory() as folder:
        outcomes = run_stages(
            plan(args, Path(folder)),
            args.out,
            start,
            60 * args.minutes - RESERVE,
            ended,
        )
    print('', *table(about, args.passed, outcomes), sep='\n')
    print(f'{time.time() - start:.0f} s in all; figures in {file}')
    return undone(outcomes)


def describe(device: str) -> dict[str, Any]:
    """The device and versions."""
    versions: dict[str, str] = {'torch': torch.__version__}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if device != 'cpu':
        versions['CUDA'] = str(torch.version.cuda)
        versions['cuDNN'] = str(torch.backends.cudnn.version())
    return {
        'device': device_name(device),
        'cores': os.cpu_count(),
        'Python': platform.python_version(),
        **versions,
    }
