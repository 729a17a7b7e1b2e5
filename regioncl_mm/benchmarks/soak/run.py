"""Train for a time, look at it now and then, and judge."""

from __future__ import annotations

import json
import time
from argparse import Namespace

from .training import Training
from .usage import usage
from .verdict import judge


def run(args: Namespace) -> bool:
    """What ``tools/benchmarks/soak.py`` does, with its arguments.

    Returns:
        Whether all is flat.

    Raises:
        RuntimeError: If the training ends by itself.
        ValueError: If there are too few samples to judge.
    """
    args.work_dir.mkdir(parents=True, exist_ok=True)
    training = Training(
        args.config,
        args.work_dir,
        args.processes,
        args.workers,
        args.cfg_options,
    )
    try:
        samples = watch(training, 60 * args.minutes, args.every)
    finally:
        training.end()
    rows = judge(samples, 60 * args.warmup)
    print(f'{"":24}{"first third":>12}{"last third":>12}{"change":>10}')
    print(*rows, sep='\n')
    if args.json:
        settings = {name: str(value) for name, value in vars(args).items()}
        judged = [
            dict(row._asdict(), change=row.change, flat=row.is_flat)
            for row in rows
        ]
        found = dict(settings=settings, rows=judged, samples=samples)
        args.json.write_text(json.dumps(found, indent=1) + '\n')
    return all(row.is_flat for row in rows)


def watch(training: Training, seconds: float, every: float) -> list[dict]:
    """Look at a training until its time is over.

    Args:
        training: It runs.
        seconds: How long it is looked at, from its first step on.
        every: Seconds between two looks.

    Returns:
        What was seen, as :func:`judge` takes it.
    """
    while not training.steps:
        time.sleep(1)
        training.check()
    start, samples = time.monotonic(), []
    while time.monotonic() - start < seconds:
        time.sleep(every)
        training.check()
        samples.append(
            dict(
                seconds=time.monotonic() - start,
                steps=training.steps,
                **usage(training.process.pid),
            )
        )
    return samples
