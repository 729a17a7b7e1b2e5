"""Nothing is timed before the same seeds have made the same views."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import default_collate

from .pipelines import PEER, preprocessor, sample

# More than this many levels of 255 on average are no rounding.
CLOSE = 3.0


def check(pipelines: dict[str, list], paths: list[Path], device: str) -> None:
    """Print how far views are from those of mmpretrain's transforms.

    Args:
        pipelines: What :func:`~.pipelines.pipelines` returns.
        paths: Images to compare.
        device: Where the rest of the augmentation runs.

    Raises:
        ValueError: If that is more than rounding.
    """
    preprocess = preprocessor(device)
    gaps = []
    for seed, path in enumerate(paths):
        found = {}
        for name, pipeline in pipelines.items():
            np.random.seed(seed)
            random.seed(seed)
            batch = default_collate([sample(pipeline, path)])
            deferred = 'augmentation' in batch['data_samples'][0]
            views = preprocess(batch, deferred)['inputs']
            found[name] = torch.cat(views).cpu()
        theirs = found.pop(PEER)
        gaps.append([float((x - theirs).abs().mean()) for x in found.values()])
    ours = [name for name in pipelines if name != PEER]
    worst = np.max(gaps, 0)
    for name, gap, mean in zip(ours, worst, np.mean(gaps, 0)):
        print(
            f"{name}: levels differ from mmpretrain's by {mean:.2f} of 255 "
            f'on average, {gap:.2f} in the worst image'
        )
    if worst.max() > CLOSE:
        raise ValueError('that is too much; nothing is timed')
