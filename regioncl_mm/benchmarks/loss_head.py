"""The contrast with a queue by the plain formula and in one pass."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import Callable, Sequence

import torch
from torch import Tensor

from ..losses import Contrast, contrast_all, unit
from .measure import default_device, in_turns, peak_of, spread
from .plain_steps import info_nce

TAU = 0.2
CLOSE = 1e-5  # relative


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/loss_head.py`` does, with its arguments.

    Raises:
        ValueError: If loss or gradients of the two differ.
    """
    device = args.device or default_device()
    torch.manual_seed(0)

    def unit_rows(rows: int) -> Tensor:
        return unit(torch.randn(rows, args.dim, device=device))

    views = [unit_rows(args.rows).requires_grad_() for _ in range(3)]
    keys = unit_rows(args.rows)
    queue = unit_rows(args.queue).t().contiguous()
    ways = {
        'plain formula': partial(plain, views, keys, queue),
        'one pass': partial(one_pass, views, keys, queue),
    }
    compare(ways['plain formula'], ways['one pass'], views)
    calls = {name: partial(step, loss, views) for name, loss in ways.items()}
    seconds = in_turns(calls, device, 3, args.repeats)
    medians, peaks = [], []
    for name, call in calls.items():
        found = spread(seconds[name])
        medians.append(found['median'])
        peaks.append(peak_of(call, device.startswith('cuda')))
        print(
            f'{name:14s} {1000 * found["median"]:8.2f} ms '
            f'({1000 * found["low"]:.2f}-{1000 * found["high"]:.2f}), '
            f'peak {peaks[-1] / 2**20:.1f} MiB'
        )
    print(
        f'one pass / plain: time {medians[1] / medians[0]:.3f}, '
        f'memory {peaks[1] / peaks[0]:.3f}'
    )


def plain(views: Sequence[Tensor], keys: Tensor, queue: Tensor) -> Tensor:
    """Eq. 3 of query, canvas and paste (N, D), every logit laid out."""
    query, canvas, paste = views
    q = info_nce(query, keys, queue, TAU)
    c = info_nce(canvas, keys, queue, TAU, paste)
    p = info_nce(paste, keys, queue, TAU, canvas)
    return q + (c + p) / 2


def one_pass(views: Sequence[Tensor], keys: Tensor, queue: Tensor) -> Tensor:
    """The same by the library's single pass of the queue."""
    query, canvas, paste = views
    contrasts = [
        Contrast(query, keys, TAU),
        Contrast(canvas, keys, TAU, paste.detach()),
        Contrast(paste, keys, TAU, canvas.detach()),
    ]
    q, c, p = contrast_all(contrasts, queue)
    return q + (c + p) / 2


def step(loss: Callable[[], Tensor], views: Sequence[Tensor]) -> None:
    """Forward and backward."""
    for view in views:
        view.grad = None
    loss().backward()


def compare(
    plain: Callable[[], Tensor],
    one_pass: Callable[[], Tensor],
    views: Sequence[Tensor],
) -> None:
    """Print how far loss and gradients are from each other.

    Raises:
        ValueError: If that is too far.
    """
    gradients = []
    for loss in (plain, one_pass):
        step(loss, views)
        found = [view.grad for view in views if view.grad is not None]
        gradients.append(torch.cat(found))
    gap = abs(one_pass().item() / plain().item() - 1)
    error = (gradients[0] - gradients[1]).norm() / gradients[0].norm()
    print(f'loss differs by {gap:.0e}, gradients by {error:.0e}')
    if max(gap, error) > CLOSE:
        raise ValueError('that is too much; nothing is timed')
