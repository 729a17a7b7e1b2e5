"""One move of a ResNet-50's momentum encoder in three ways."""

from __future__ import annotations

from argparse import Namespace

import torch
from mmengine.logging import MMLogger
from mmengine.model import ExponentialMovingAverage
from torch import nn

from .authors_step import AuthorsStep
from .measure import default_device, in_turns, spread
from .step import models


def run(args: Namespace) -> None:
    """What ``tools/benchmarks/momentum_encoder.py`` does, with its
    arguments."""
    MMLogger.get_instance('mmengine', log_level='WARNING')
    device = args.device or default_device()
    model = models.ours(models.config('m', 50, 256, 224), 0).to(device)
    authors = AuthorsStep(model, model.region_branch.draw)
    online = nn.Sequential(model.backbone, model.neck)
    mmengines = ExponentialMovingAverage(online, 0.001).to(device)
    ways = {
        "authors'": authors.update_momentum_encoder,
        "mmengine's": lambda: mmengines.update_parameters(online),
        'one call': model.update_momentum_encoder,
    }
    with torch.no_grad():
        seconds = in_turns(ways, device, 3, args.repeats)
    for name, values in seconds.items():
        found = spread(values)
        print(
            f'{name:12s} {1000 * found["median"]:6.2f} ms '
            f'({1000 * found["low"]:.2f}-{1000 * found["high"]:.2f})'
        )
