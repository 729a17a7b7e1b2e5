"""What it costs that a checkpoint is whole whenever the program is killed."""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from ..checkpoints.save import save_atomically
from ..utils.places import project_root
from .measure import in_turns

MAIN_RUN = 'configs/regioncl/regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'


def run(args: argparse.Namespace) -> None:
    """Save in turns, and print the medians.

    Args:
        args: What tools/benchmarks/saving.py parsed.
    """
    content = checkpoint_of(Path(args.config or project_root() / MAIN_RUN))
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder, 'epoch_1.pth')
        seconds = in_turns(
            {
                'in place': lambda: save_in_place(content, path),
                'whole': lambda: save_atomically(content, path),
            },
            'cpu',
            warmup=1,
            repeats=args.repeats,
        )
        size = path.stat().st_size
    medians = {name: statistics.median(x) for name, x in seconds.items()}
    print(f'checkpoint of {size / 2**20:.0f} MiB, {args.repeats} turns')
    for name, median in medians.items():
        low, high = min(seconds[name]), max(seconds[name])
        print(f'{name:8}  {median:.3f} s  ({low:.3f} to {high:.3f})')
    print(f'ratio     {medians["whole"] / medians["in place"]:.2f}')


def checkpoint_of(config: Path) -> dict[str, Any]:
    """Weights, buffers, and a momentum for each weight that is learned."""
    cfg = Config.fromfile(config)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    learned = [p for p in model.parameters() if p.requires_grad]
    momenta = {i: torch.zeros_like(p) for i, p in enumerate(learned)}
    return dict(state_dict=model.state_dict(), optimizer=momenta)


def save_in_place(content: Any, path: Path) -> None:
    """As mmengine does, with what it writes flushed to the disk."""
    with io.BytesIO() as buffer:
        torch.save(content, buffer)
        with path.open('wb') as file:
            file.write(buffer.getvalue())
            file.flush()
            os.fsync(file.fileno())
