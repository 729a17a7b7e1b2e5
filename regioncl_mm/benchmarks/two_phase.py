"""Peak memory of a step in one phase and in two."""

from __future__ import annotations

import copy
from argparse import Namespace

import torch
from mmengine.logging import MMLogger
from torch import Tensor, nn

from .measure import default_device
from .step import models
from .step.contestants import Contestant, losses_of
from .step.gate import outcome


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/two_phase.py`` does.

    Args:
        args: Its arguments. ``device`` and ``batch`` are filled in if they
            are None.
    """
    MMLogger.get_instance('mmengine', log_level='WARNING')
    args.device = args.device or default_device()
    args.batch = args.batch or ([128] if args.device != 'cpu' else [8, 16])
    cfg = models.config('m', args.depth, args.queue, args.size)
    one, two = (
        models.ours(cfg, seed=0, two_phase=two_phase).to(args.device)
        for two_phase in (False, True)
    )
    for batch in args.batch:
        shape = (batch, 3, args.size, args.size)
        views = [torch.randn(shape, device=args.device) for _ in range(2)]
        gradients = [
            outcome(
                copy.deepcopy(model), lambda m, x: m.loss(x, None), views
            ).gradients
            for model in (one, two)
        ]
        equal = sum(
            torch.equal(gradient, gradients[1][name])
            for name, gradient in gradients[0].items()
        )
        peaks = [peak_bytes(model, views, args) for model in (one, two)]
        print(
            f'batch {batch}: {equal} of {len(gradients[0])} gradients equal '
            f'to the bit; peak {peaks[0] / 2**30:.2f} GiB in one phase, '
            f'{peaks[1] / 2**30:.2f} GiB in two: {peaks[1] / peaks[0]:.3f}',
            flush=True,
        )


def peak_bytes(model: nn.Module, views: list[Tensor], args: Namespace) -> int:
    """The peak of a copy's second step; the first makes the state of the
    optimizer."""
    model = copy.deepcopy(model)
    contestant = Contestant(
        'D',
        '',
        model,
        losses_of(model),
        bfloat16=args.precision == 'bfloat16',
        channels_last=True,
    )
    contestant.step(*views)
    return contestant.peak_bytes(views)
