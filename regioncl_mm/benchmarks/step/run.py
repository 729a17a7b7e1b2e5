"""Compare, time and print the training step of each method."""

from __future__ import annotations

import platform
from argparse import Namespace
from datetime import date
from functools import partial
from pathlib import Path

import torch
from mmengine.logging import MMLogger
from torch import Tensor

from ...utils.files import write_json
from ...utils.host_memory import give_back_freed_memory, keep_freed_memory
from ..measure import default_device, in_turns, spread
from . import gate, models
from .contestants import CHEAPER, Contestant, find_contestants
from .waits import count_waits

RATIOS = dict(R1=('D-off', 'B'), R2=('D', 'A'), R3=('D', 'D-off'))


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/step.py`` does.

    Args:
        args: Its arguments. ``device`` and ``batch`` are filled in if they
            are None.

    Raises:
        ValueError: If the losses or gradients of a method are not the
            reference's.
    """
    # Silences what each tensor was initialised with.
    MMLogger.get_instance('mmengine', log_level='WARNING')
    args.device = args.device or default_device()
    args.batch = args.batch or (128 if args.device != 'cpu' else 8)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.device.startswith('cuda'):
        torch.backends.cudnn.benchmark = True  # as the configs have it
    device = device_name(args.device)
    print(f'{device}, torch {torch.__version__}')
    # Likewise, and for the peers: they share the process.
    keep_freed_memory()
    try:
        results = {method: run_method(method, args) for method in args.methods}
    finally:
        give_back_freed_memory()
    if args.json:
        settings = {k: str(v) for k, v in vars(args).items() if k != 'json'}
        about = dict(
            date=date.today().isoformat(),
            device=device,
            torch=torch.__version__,
            settings=settings,
            methods=results,
        )
        write_json(args.json, about)


def run_method(method: str, args: Namespace) -> dict:
    """Compare, time and print one method; what was measured, by role."""
    cfg = models.config(method, args.depth, args.queue, args.size)
    torch.manual_seed(args.seed)
    shape = (args.batch, 3, args.size, args.size)
    views = [torch.randn(shape, device=args.device) for _ in range(2)]
    for name, value in gate.check(method, cfg, args, views).items():
        print(f'{name}: {value}', flush=True)
    contestants = find_contestants(method, cfg, args)
    steps = {c.role: partial(c.step, *views) for c in contestants}
    times = in_turns(steps, args.device, args.warmup, args.steps)
    print(
        f'{"":34s} {"images/s":>9s} {"s":>7s} {"quartiles":>15s} {"GiB":>6s} '
        f'{"waits":>5s}'
    )
    result: dict = {
        contestant.role: measured(contestant, times[contestant.role], views)
        for contestant in contestants
    }
    for name, (one, other) in RATIOS.items():
        if one in result and other in result:
            ratio = result[one]['median'] / result[other]['median']
            result[name] = ratio
            print(f'{name} = {one} / {other} = {ratio:.3f}')
    for role in CHEAPER:
        if role in result:
            ratio = result[role]['median'] / result['D-off']['median']
            result[role]['cost'] = ratio
            print(f'{result[role]["name"]} / D-off = {ratio:.3f}')
    return result


def measured(
    contestant: Contestant, seconds: list[float], views: list[Tensor]
) -> dict:
    """A contestant's figures, which are printed as a line of the table."""
    found: dict = spread(seconds)
    found['images_per_s'] = len(views[0]) / found['median']
    found['peak_bytes'] = contestant.peak_bytes(views)
    found['waits'] = None  # a CPU waits for nobody
    if views[0].is_cuda:
        found['waits'] = count_waits(partial(contestant.step, *views))
    found['name'] = contestant.name
    print(
        f'{contestant.role:6s}{contestant.name:28s} '
        f'{found["images_per_s"]:9.2f} {found["median"]:7.3f} '
        f'{found["low"]:7.3f}-{found["high"]:7.3f} '
        f'{found["peak_bytes"] / 2**30:6.2f} '
        f'{"" if found["waits"] is None else found["waits"]:>5}',
        flush=True,
    )
    return found


def device_name(device: str) -> str:
    """The name of a GPU, or the CPU's with the number of threads in use."""
    if device.startswith('cuda'):
        return torch.cuda.get_device_name(device)
    cpu = platform.processor() or platform.machine()
    path = Path('/proc/cpuinfo')
    if path.is_file():
        for line in path.read_text().splitlines():
            if line.startswith('model name'):
                cpu = line.split(':', 1)[1].strip()
    return f'{torch.get_num_threads()} threads of {cpu}'
