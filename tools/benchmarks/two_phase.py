"""What two-phase backward saves: peak memory of a step, before and after.

RegionCL-M of the paper's config, channels last. The gradients of one phase
and of two are compared first, bit by bit.
"""

import argparse
import copy
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests'), str(Path(__file__).parent)]
os.environ.setdefault('KINETO_LOG_LEVEL', '5')

import torch  # noqa: E402
from mmengine.logging import MMLogger  # noqa: E402

from regioncl_mm.benchmarks.step import models  # noqa: E402
from regioncl_mm.benchmarks.step.contestants import Contestant, of  # noqa: E402
from regioncl_mm.benchmarks.step.gate import outcome  # noqa: E402
from regioncl_mm.benchmarks.step.measure import peak_bytes  # noqa: E402


def parse_args() -> argparse.Namespace:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('--batch', type=int, nargs='+', default=[128] if cuda else [8, 16])
    add('--size', type=int, default=224, help='pixels of a side')
    add('--queue', type=int, default=65536)
    add('--depth', type=int, default=50, choices=(18, 34, 50), help='ResNet')
    add('--precision', choices=('float32', 'bfloat16'), default='float32')
    add('--device', default='cuda' if cuda else 'cpu')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    MMLogger.get_instance('mmengine', log_level='WARNING')
    cfg = models.config('m', args.depth, args.queue, args.size)
    one = models.ours(cfg, seed=0).to(args.device)
    two = copy.deepcopy(one)
    two.two_phase = True
    for batch in args.batch:
        shape = (batch, 3, args.size, args.size)
        views = [torch.randn(shape, device=args.device) for _ in range(2)]
        gradients = [
            outcome(copy.deepcopy(model), of_images, views).gradients
            for model in (one, two)
        ]
        equal = sum(
            torch.equal(gradient, gradients[1][name])
            for name, gradient in gradients[0].items()
        )
        peaks = [peak(model, views, args) for model in (one, two)]
        print(
            f'batch {batch}: {equal} of {len(gradients[0])} gradients equal '
            f'to the bit; peak {peaks[0] / 2**30:.2f} GiB in one phase, '
            f'{peaks[1] / 2**30:.2f} GiB in two: {peaks[1] / peaks[0]:.3f}',
            flush=True,
        )


def of_images(model, views: list) -> dict:
    return model.loss(views, None)


def peak(model, views: list, args: argparse.Namespace) -> int:
    """Of the second step; the first makes the optimizer's state."""
    model = copy.deepcopy(model)
    bfloat16 = args.precision == 'bfloat16'
    contestant = Contestant('D', '', model, of(model), bfloat16, True)
    contestant.step(*views)
    return peak_bytes(contestant, views)


if __name__ == '__main__':
    main()
