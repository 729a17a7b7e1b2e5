"""Trainings on CIFAR-10 of equal length, as long as a time allows.

A process of its own: ``python -m regioncl_mm.benchmarks.gpu.cifar10``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from ...utils.files import write_json
from .training import METHODS, config, knn_hook, train, workers

READ = 200  # pictures, to see how long one takes
START = 5.0  # seconds that a training takes before its first step
SPARE = 1.1  # times as long as it seems


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        '--until',
        type=float,
        required=True,
        help='when it must have ended, in seconds since 1970',
    )
    add('--work-dir', type=Path, required=True, help='for the trainings')
    add('--json', type=Path, required=True, help='gets what is found')
    add(
        '--small',
        action='store_true',
        help='a narrow network, few pictures, at most two epochs',
    )
    return parser.parse_args(argv)


def main(argv=None) -> None:
    """Find how long an epoch takes, and train."""
    args = parse_args(argv)
    init_default_scope('mmpretrain')  # of data sets without a Runner
    settings = small_settings() if args.small else {}
    seconds = [
        rehearse(name, args.work_dir / 'rehearsal', settings)
        for name in METHODS
    ]
    read = seconds_of_reading(settings)
    left = args.until - time.time()
    epochs = epochs_within(left, seconds, read)
    if args.small:
        epochs = min(epochs, 2)
    found: dict[str, Any] = dict(
        epochs=epochs, rehearsed=seconds, reading=read, left=left, methods={}
    )
    print(found, flush=True)
    for name in METHODS:
        found['methods'][name] = train(
            name, args.work_dir / 'run' / METHODS[name], epochs, settings
        )
        write_json(args.json, found)
    base, regions = (
        found['methods'][name]['knn']['knn20'] for name in METHODS
    )
    found['difference'] = regions - base
    write_json(args.json, found)


def rehearse(name: str, folder: Path, settings: dict[str, Any]) -> float:
    """The seconds that an epoch will take, by ten steps of a training."""
    cfg = config(name, settings)
    batch = cfg.train_dataloader.batch_size
    whole = len(DATASETS.build(cfg.train_dataloader.dataset)) // batch
    steps = min(10, whole)
    few = {**settings, 'train_dataloader.dataset.indices': steps * batch}
    # Pictures are read, and kernels chosen, in the first of two epochs.
    found = train(name, folder / METHODS[name], 2, few, evaluate=False)
    return found['seconds'][-1] / steps * whole


def seconds_of_reading(settings: dict[str, Any]) -> float:
    """What a training spends on reading pictures: each once to train on, and
    all of them for the kNN, which several processes share."""
    knn = knn_hook(config(next(iter(METHODS)), settings))
    memory, queries = (
        DATASETS.build(knn[loader]['dataset'])
        for loader in ('memory_dataloader', 'query_dataloader')
    )
    count = min(READ, len(memory))
    start = time.time()
    for index in range(count):
        memory[index]
    one = (time.time() - start) / count
    shared = len(memory) + len(queries)
    return one * (len(memory) + shared / max(workers(), 1))


def epochs_within(left: float, seconds: list[float], read: float) -> int:
    """How many epochs of every training there is time for.

    Args:
        left: Seconds.
        seconds: What an epoch of each takes.
        read: What each spends on reading pictures.

    Raises:
        ValueError: If there is time for none.
    """
    others = len(seconds) * (START + read)
    epochs = int((left / SPARE - others) / sum(seconds))
    if epochs < 1:
        raise ValueError(
            f'{left:.0f} s are left, and one epoch of each takes '
            f'{SPARE * (sum(seconds) + others):.0f} s: give more --minutes'
        )
    return epochs


def small_settings() -> dict[str, Any]:
    """A narrow network and few pictures, to see that all of it runs."""
    knn = 'custom_hooks.2'
    return {
        'model.backbone.base_channels': 8,
        'model.backbone.stem_channels': 8,
        'model.backbone.norm_cfg.num_splits': 2,
        'model.neck.in_channels': 64,
        'model.neck.hid_channels': 64,
        'model.queue_len': 64,
        'train_dataloader.batch_size': 16,
        'train_dataloader.dataset.indices': few('memory_dataloader', 64),
        f'{knn}.memory_dataloader.dataset.indices': few(
            'memory_dataloader', 100
        ),
        f'{knn}.query_dataloader.dataset.indices': few('query_dataloader', 50),
        f'{knn}.k': (20,),
    }


def few(loader: str, count: int) -> list[int]:
    """The indices of about so many pictures of the kNN's, of all classes."""
    knn = knn_hook(config(next(iter(METHODS)), {}))
    total = len(DATASETS.build(knn[loader]['dataset']))
    return list(range(0, total, max(1, total // count)))[:count]


if __name__ == '__main__':
    main()
