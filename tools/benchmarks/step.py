"""How long a training step takes, beside its peers' and their memory.

In one process and in turns: (A) the authors' RegionCL-M in our own words, (B)
mmpretrain's base method, (C) MoCo v2 of lightly's parts, if installed, (D-off)
ours with regions off, (D) ours. Images are random and on the device: this is
the model's step alone. Ours run with the settings given, the peers as they
come, in float32. First all losses and gradients are compared with the
reference's, and nothing is timed if they differ.

ratios: R1 = D-off / B, R2 = D / A, R3 = D / D-off (by operations 1.75 for M,
1.68 for D, 2.00 for S with both views)
"""

import argparse
import json
import os
import platform
import sys
from datetime import date
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# From a checkout, too, with nothing of it installed.
sys.path[:0] = [str(ROOT), str(ROOT / 'tests'), str(Path(__file__).parent)]

# torch's profiler, which counts memory, announces its stages otherwise.
os.environ.setdefault('KINETO_LOG_LEVEL', '5')

import torch  # noqa: E402
from mmengine.logging import MMLogger  # noqa: E402

from regioncl_mm.benchmarks.step import gate, measure, models  # noqa: E402
from regioncl_mm.benchmarks.step.contestants import CHEAPER, of_method  # noqa: E402

RATIOS = dict(R1=('D-off', 'B'), R2=('D', 'A'), R3=('D', 'D-off'))


def parse_args() -> argparse.Namespace:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--methods', nargs='+', choices=list(models.BASES), default=['m'])
    add('--batch', type=int, default=128 if cuda else 8)
    add('--size', type=int, default=224, help='pixels of a side')
    add('--queue', type=int, default=65536)
    add('--depth', type=int, default=50, choices=(18, 34, 50), help='ResNet')
    add('--warmup', type=int, default=2)
    add('--steps', type=int, default=8)
    add('--precision', choices=('float32', 'bfloat16'), default='float32')
    add('--channels-last', action='store_true')
    add('--compile', action='store_true', help='backbones, by inductor')
    add('--two-phase', action='store_true', help='M and D alone')
    add('--cheaper', action='store_true', help="and less than M's step")
    add('--device', default='cuda' if cuda else 'cpu')
    add('--threads', type=int, help="torch's; default: all cores")
    add('--seed', type=int, default=0)
    add('--json', type=Path, help='where to write the figures')
    args = parser.parse_args()
    least = 4 if args.cheaper else 2
    if args.steps < least:
        parser.error(f'--steps must be at least {least} to show a spread')
    return args


def main() -> None:
    args = parse_args()
    # Silences what each tensor was initialised with.
    MMLogger.get_instance('mmengine', log_level='WARNING')
    if args.threads:
        torch.set_num_threads(args.threads)
    print(f'{device_name(args.device)}, torch {torch.__version__}')
    try:
        results = {method: run(method, args) for method in args.methods}
    except ValueError as error:
        sys.exit(f'step.py: {error}')
    if args.json:
        settings = {k: str(v) for k, v in vars(args).items() if k != 'json'}
        about = dict(
            date=date.today().isoformat(),
            device=device_name(args.device),
            torch=torch.__version__,
            settings=settings,
            methods=results,
        )
        args.json.write_text(json.dumps(about, indent=2) + '\n')


def run(method: str, args: argparse.Namespace) -> dict:
    """Compare, time and print one method."""
    cfg = models.config(method, args.depth, args.queue, args.size)
    torch.manual_seed(args.seed)
    shape = (args.batch, 3, args.size, args.size)
    views = [torch.randn(shape, device=args.device) for _ in range(2)]
    for name, value in gate.check(method, cfg, args, views).items():
        print(f'{name}: {value}', flush=True)
    contestants = of_method(method, cfg, args)
    steps = {c.role: partial(c.step, *views) for c in contestants}
    times = measure.in_turns(steps, args.device, args.warmup, args.steps)
    result = {}
    print(
        f'{"":30s} {"images/s":>9s} {"s":>7s} {"quartiles":>15s} {"GiB":>6s}'
    )
    for contestant in contestants:
        seconds = measure.averaged(times[contestant.role], contestant.period)
        found = measure.spread(seconds)
        found['images_per_s'] = args.batch / found['median']
        found['peak_bytes'] = measure.peak_bytes(contestant, views)
        found['name'] = contestant.name
        result[contestant.role] = found
        print(
            f'{contestant.role:6s}{contestant.name:24s} '
            f'{found["images_per_s"]:9.2f} {found["median"]:7.3f} '
            f'{found["low"]:7.3f}-{found["high"]:7.3f} '
            f'{found["peak_bytes"] / 2**30:6.2f}',
            flush=True,
        )
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


def device_name(device: str) -> str:
    if device.startswith('cuda'):
        return torch.cuda.get_device_name(device)
    cpu = platform.processor() or platform.machine()
    path = Path('/proc/cpuinfo')
    if path.is_file():
        for line in path.read_text().splitlines():
            if line.startswith('model name'):
                cpu = line.split(':', 1)[1].strip()
    return f'{torch.get_num_threads()} threads of {cpu}'


if __name__ == '__main__':
    main()
