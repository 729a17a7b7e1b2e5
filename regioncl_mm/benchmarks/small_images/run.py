"""Time trainings on small images in turns, and print samples a second."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...utils.files import write_json
from ..measure import spread
from ..step.run import device_name
from .contestants import find
from .process import Process

# What is compared, with the least that is aimed at in each precision.
RATIOS = {
    ('M', 'ours', 'commit'): dict(float32=2.0, bfloat16=3.5),
    ('M', 'ours', 'plain'): dict(float32=1.0, bfloat16=1.0),
    ('off', 'ours', 'commit'): {},
    ('off', 'ours', 'lightly'): dict(float32=2.0),
    ('off', 'ours', 'plain'): dict(float32=1.0, bfloat16=1.0),
}


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/small_images.py`` does, with its arguments.

    Raises:
        ValueError: If a contestant cannot be started.
    """
    torch.set_num_threads(args.threads)
    commit = None if args.commit == 'none' else args.commit
    print(f'{device_name("cpu")}, torch {torch.__version__}', flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        changes = settings(args, folder)
        (folder / 'earlier').mkdir()
        processes = []
        for i, one in enumerate(
            find(commit, folder / 'earlier', args.precision)
        ):
            process = Process(one, changes, folder / str(i), args.threads)
            stack.callback(process.end)
            processes.append(process)
        seconds: dict[tuple[str, str], list[float]] = {}
        for _ in range(args.turns):
            for process in processes:
                one = process.contestant
                taken = process.steps(args.steps) / args.steps
                seconds.setdefault((one.method, one.name), []).append(taken)
    result = table(seconds, args, commit)
    if args.json:
        about = dict(
            date=date.today().isoformat(),
            device=device_name('cpu'),
            torch=torch.__version__,
            settings={k: str(v) for k, v in vars(args).items()},
            **result,
        )
        write_json(args.json, about)


def settings(args: Namespace, folder: Path) -> dict[str, Any]:
    """What is changed in the quickstart's configs.

    Images are those of ``DATA_ROOT``, or noise; one epoch has all steps.
    """
    images = args.batch * (args.turns * args.steps + 2)
    root = os.environ.get('DATA_ROOT')
    if not root:
        root = str(folder / 'images')
        write_noise(Path(root), images)
    return {
        'train_dataloader.batch_size': args.batch,
        'train_dataloader.dataset.indices': images,
        'train_dataloader.dataset.data_root': root,
        'train_cfg.max_epochs': 1000,
        'optim_wrapper.optimizer.lr': 0.06,
        'model.backbone.stem_channels': args.channels,
        'model.backbone.base_channels': args.channels,
        'model.neck.in_channels': 4 * args.channels,
        'log_level': 'ERROR',
        'randomness.seed': 0,
    }


def write_noise(folder: Path, count: int) -> None:
    """Files as Fashion-MNIST's, with so many images to train on."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for split, number in (('train', count), ('t10k', 1)):
        for name, shape in (
            ('images-idx3', (number, 28, 28)),
            ('labels-idx1', (number,)),
        ):
            header = np.array([0x800 + len(shape), *shape], dtype='>i4')
            values = generator.integers(0, 10, shape, dtype=np.uint8)
            if len(shape) == 3:
                values *= 25
            (folder / f'{split}-{name}-ubyte').write_bytes(
                header.tobytes() + values.tobytes()
            )


def table(
    seconds: dict[tuple[str, str], list[float]],
    args: Namespace,
    commit: str | None,
) -> dict[str, Any]:
    """Print what was measured.

    Args:
        seconds: A step's, turn by turn, by method and name.
        args: The tool's arguments.
        commit: The name of the earlier version.

    Returns:
        ``contestants``, with samples a second and the quartiles of a step's
        seconds, and ``ratios``: the median, over turns, of how many times as
        many samples a second.
    """
    print(f'{"":20s} {"samples/s":>9s} {"s":>7s} {"quartiles":>15s}')
    contestants, ratios = {}, {}
    for (method, name), values in seconds.items():
        found = spread(values)
        found['samples_per_s'] = args.batch / found['median']
        contestants[f'{method} {name}'] = found
        print(
            f'{method:4s}{name:16s} {found["samples_per_s"]:9.1f} '
            f'{found["median"]:7.3f} {found["low"]:7.3f}-{found["high"]:.3f}'
        )
    for (method, one, other), aims in RATIOS.items():
        other = commit if other == 'commit' and commit else other
        if (method, other) not in seconds:
            continue
        pairs = zip(seconds[method, other], seconds[method, one])
        ratio = spread([b / a for b, a in pairs])
        ratios[f'{method}: {one} / {other}'] = ratio
        aim = aims.get(args.precision)
        print(
            f'{method}: {one} / {other} = {ratio["median"]:.2f} '
            f'({ratio["low"]:.2f}-{ratio["high"]:.2f})'
            + (f', aim {aim:.1f}' if aim else '')
        )
    return dict(contestants=contestants, ratios=ratios)
