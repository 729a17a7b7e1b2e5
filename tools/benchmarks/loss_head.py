"""The contrast with a queue: one pass, beside the plain formula.

Query, canvas and paste of a batch against the same queue, forward and
backward: by torch's cross-entropy of all logits, three times, as the released
code does it; and by the library's single pass. Both are timed in turns, after
loss and gradients have been compared.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests'), str(Path(__file__).parent)]
os.environ.setdefault('KINETO_LOG_LEVEL', '5')

import torch  # noqa: E402
from reference.plain_steps import info_nce  # noqa: E402
from torch.nn.functional import normalize  # noqa: E402

from regioncl_mm.benchmarks.step.measure import in_turns, peak_of, spread  # noqa: E402
from regioncl_mm.losses import Contrast, contrast_all  # noqa: E402

TAU = 0.2


def parse_args() -> argparse.Namespace:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rows', type=int, default=32, help='a view')
    parser.add_argument('--queue', type=int, default=65536)
    parser.add_argument('--dim', type=int, default=128)
    parser.add_argument('--repeats', type=int, default=20)
    parser.add_argument('--device', default='cuda' if cuda else 'cpu')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    torch.manual_seed(0)

    def unit(rows: int) -> torch.Tensor:
        return normalize(torch.randn(rows, args.dim, device=args.device))

    views = [unit(args.rows).requires_grad_() for _ in range(3)]
    keys, queue = unit(args.rows), unit(args.queue).t().contiguous()
    rivals = (None, views[2], views[1])

    def plain() -> torch.Tensor:
        q, c, p = (
            info_nce(view, keys, queue, TAU, rival)
            for view, rival in zip(views, rivals)
        )
        return q + (c + p) / 2

    def one_pass() -> torch.Tensor:
        q, c, p = contrast_all(
            [
                Contrast(view, keys, TAU, None if r is None else r.detach())
                for view, r in zip(views, rivals)
            ],
            queue,
        )
        return q + (c + p) / 2

    def step(loss) -> None:
        for view in views:
            view.grad = None
        loss().backward()

    compare(plain, one_pass, views, step)
    both = {'plain formula': plain, 'one pass': one_pass}
    seconds = in_turns(
        {name: partial(step, loss) for name, loss in both.items()},
        args.device,
        3,
        args.repeats,
    )
    medians, peaks = [], []
    for name, loss in both.items():
        found = spread(seconds[name])
        medians.append(found['median'])
        on_gpu = args.device.startswith('cuda')
        peaks.append(peak_of(partial(step, loss), on_gpu))
        print(
            f'{name:14s} {1000 * found["median"]:8.2f} ms '
            f'({1000 * found["low"]:.2f}-{1000 * found["high"]:.2f}), '
            f'peak {peaks[-1] / 2**20:.1f} MiB'
        )
    print(
        f'one pass / plain: time {medians[1] / medians[0]:.3f}, '
        f'memory {peaks[1] / peaks[0]:.3f}'
    )


def compare(plain, one_pass, views, step) -> None:
    """Exits if loss or gradients differ by more than 1e-5."""
    gradients = []
    for loss in (plain, one_pass):
        step(loss)
        gradients.append(torch.cat([view.grad for view in views]))
    loss = abs(one_pass().item() / plain().item() - 1)
    error = (gradients[0] - gradients[1]).norm() / gradients[0].norm()
    print(f'loss differs by {loss:.0e}, gradients by {error:.0e}')
    if max(loss, error) > 1e-5:
        sys.exit('loss_head.py: that is too much; nothing is timed')


if __name__ == '__main__':
    main()
