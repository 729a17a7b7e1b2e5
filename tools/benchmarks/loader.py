"""Samples a second that one core prepares for pretraining.

The pipeline of a dataset's config as mmpretrain's transforms run it, with our
cheaper ones, and with what is left to the workers when the device augments.
Images go through all of them in turns, from the JPEG to the packed sample.
Nothing is timed before the same seeds have made the same views. Then what
the device does for a batch.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import warnings
from datetime import date
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# From a checkout, too, with nothing of it installed.
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from mmengine.dataset import default_collate  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402

from regioncl_mm.benchmarks.loader import gate, photographs  # noqa: E402
from regioncl_mm.benchmarks.loader.pipelines import (  # noqa: E402
    DEFERRED,
    PEER,
    pipelines,
    preprocessor,
    sample,
)
from regioncl_mm.benchmarks.step.measure import in_turns, spread  # noqa: E402


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        '--dataset',
        default='imagenet_bs128_mocov2',
        help='of configs/_base_/datasets; default: %(default)s',
    )
    add('--images', type=int, default=48, help='JPEGs to write')
    add('--repeats', type=int, default=8, help='times through all of them')
    add('--batch', type=int, default=128, help="of the device's part")
    add('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    add('--json', type=Path, help='where to write the figures')
    args = parser.parse_args()
    if args.repeats < 2:
        parser.error('--repeats must be at least 2, for there is no spread')
    return args


def main() -> None:
    args = parse_args()
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
        try:
            gate.check(found, paths[:16], args.device)
        except ValueError as error:
            sys.exit(f'loader.py: {error}')
        seconds = measure(found, paths, args.repeats)
    print(
        f'{"on one core":28s} {"samples/s":>9s} {"ms":>7s} {"quartiles":>15s}'
    )
    results = {}
    for name, values in seconds.items():
        middle, low, high = spread(values).values()
        ratio = spread(seconds[PEER])['median'] / middle
        results[name] = dict(ms=1000 * middle, ratio=ratio)
        print(
            f'{name:28s} {1 / middle:9.1f} {1000 * middle:7.2f} '
            f'{1000 * low:7.2f}-{1000 * high:.2f}, '
            f"{ratio:.2f} times mmpretrain's"
        )
    results['on the device'] = on_device(found, args)
    if args.json:
        about = dict(
            date=date.today().isoformat(), torch=torch.__version__, **results
        )
        args.json.write_text(json.dumps(about, indent=2) + '\n')


def measure(found: dict[str, list], paths: list[Path], repeats: int) -> dict:
    """Seconds a sample of each time through all images."""

    def run(pipeline: list) -> None:
        for path in paths:
            sample(pipeline, path)

    calls = {name: partial(run, pipeline) for name, pipeline in found.items()}
    np.random.seed(0)
    seconds = in_turns(calls, 'cpu', 1, repeats)
    return {
        name: [value / len(paths) for value in values]
        for name, values in seconds.items()
    }


def on_device(found: dict[str, list], args: argparse.Namespace) -> dict:
    """Milliseconds of a batch's preprocessing, both views."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    image = np.random.default_rng(0).integers(
        0, 256, (375, 500, 3), dtype=np.uint8
    )
    _, views, pack = found[DEFERRED]
    batch = default_collate(
        [pack(views(dict(img=image))) for _ in range(args.batch)]
    )
    preprocess = preprocessor(args.device)
    if args.device.startswith('cuda'):
        batch['inputs'] = [view.pin_memory() for view in batch['inputs']]
    calls = {
        'copy, convert, normalise': partial(preprocess, batch, False),
        'and augment': partial(preprocess, batch, True),
    }
    results = {}
    print(f'on {args.device}, a batch of {args.batch}, two views')
    for name, values in in_turns(calls, args.device, 2, 5).items():
        results[name] = 1000 * spread(values)['median']
        print(f'{name:28s} {results[name]:9.1f} ms')
    return results


if __name__ == '__main__':
    main()
