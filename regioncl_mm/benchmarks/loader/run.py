"""Time what prepares images, in turns, and print it."""

from __future__ import annotations

import os
import tempfile
import warnings
from argparse import Namespace
from datetime import date
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope

from ...utils.files import write_json
from ..measure import default_device, in_turns, spread
from . import gate, photographs
from .pipelines import DEFERRED, PEER, pipelines, preprocessor, sample


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/loader.py`` does, with its arguments.

    Raises:
        ValueError: If the views of the pipelines differ.
    """
    device = args.device or default_device()
    # As in a loader's worker: one core is what is measured.
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    init_default_scope('mmpretrain')
    # mmcv says so of every ColorJitter.
    warnings.filterwarnings('ignore', message="Only use 'alpha'")
    with tempfile.TemporaryDirectory() as folder:
        paths, origin = photographs.write(Path(folder), args.images)
        size = np.mean([path.stat().st_size for path in paths])
        print(f'{len(paths)} JPEGs of {origin}, {size / 1000:.0f} kB each')
        found = pipelines(args.dataset)
        gate.check(found, paths[:16], device)
        results: dict = on_one_core(found, paths, args.repeats)
    results['on the device'] = on_device(found, args.batch, device)
    if args.json:
        about = dict(
            date=date.today().isoformat(), torch=torch.__version__, **results
        )
        write_json(args.json, about)


def on_one_core(
    found: dict[str, list], paths: list[Path], repeats: int
) -> dict[str, dict]:
    """Milliseconds a sample of each pipeline, and how many times as many
    samples a second it makes as mmpretrain's."""
    seconds = seconds_a_sample(found, paths, repeats)
    peers = spread(seconds[PEER])['median']
    print(
        f'{"on one core":28s} {"samples/s":>9s} {"ms":>7s} {"quartiles":>15s}'
    )
    results = {}
    for name, values in seconds.items():
        middle, low, high = spread(values).values()
        ratio = peers / middle
        results[name] = dict(ms=1000 * middle, ratio=ratio)
        print(
            f'{name:28s} {1 / middle:9.1f} {1000 * middle:7.2f} '
            f'{1000 * low:7.2f}-{1000 * high:.2f}, '
            f"{ratio:.2f} times mmpretrain's"
        )
    return results


def seconds_a_sample(
    found: dict[str, list], paths: list[Path], repeats: int
) -> dict[str, list[float]]:
    """Seconds a sample of each time through all images, by pipeline."""

    def prepare(pipeline: list) -> None:
        for path in paths:
            sample(pipeline, path)

    calls = {
        name: partial(prepare, pipeline) for name, pipeline in found.items()
    }
    np.random.seed(0)
    seconds = in_turns(calls, 'cpu', 1, repeats)
    return {
        name: [value / len(paths) for value in values]
        for name, values in seconds.items()
    }


def on_device(
    found: dict[str, list], batch_size: int, device: str
) -> dict[str, float]:
    """Milliseconds of a batch's preprocessing, both views."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    image = np.random.default_rng(0).integers(
        0, 256, (375, 500, 3), dtype=np.uint8
    )
    _, views, pack = found[DEFERRED]
    batch = default_collate(
        [pack(views(dict(img=image))) for _ in range(batch_size)]
    )
    preprocess = preprocessor(device)
    if device.startswith('cuda'):
        batch['inputs'] = [view.pin_memory() for view in batch['inputs']]
    calls = {
        'copy, convert, normalise': partial(preprocess, batch, False),
        'and augment': partial(preprocess, batch, True),
    }
    results = {}
    print(f'on {device}, a batch of {batch_size}, two views')
    for name, values in in_turns(calls, device, 2, 5).items():
        results[name] = 1000 * spread(values)['median']
        print(f'{name:28s} {results[name]:9.1f} ms')
    return results
