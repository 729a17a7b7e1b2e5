"""The quickstart's last step: a downstream task from what was pretrained."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ...checkpoints.training_checkpoints import find_trained_checkpoint
from ...utils.places import as_typed
from ..programs import run_tool
from .runs import CONFIGS, Run

CONFIG = (
    CONFIGS / 'transfer' / 'upernet_resnet18-tiny_1xb8-300i_toy-cityscapes.py'
)
METRIC = 'mIoU'


def transfer(run: Run, work_dir: Path) -> dict:
    """Segment toy scenes, with a run's backbone and with a random one.

    Args:
        run: A finished one.
        work_dir: Gets the folders ``transfer`` and ``backbones``.

    Returns:
        What summary.json has of it.
    """
    toy = Path(os.environ.get('TOY_DATA_ROOT', 'data/toy'))
    if not toy.is_dir():
        run_tool('make_toy_data.py', toy)
    out = work_dir / 'transfer'
    run_tool(
        'transfer_all.py',
        find_trained_checkpoint(run.work_dir),
        *('random', '--suite', as_typed(CONFIG)),
        *('--test-before', '--jobs', 2, '--work-dir', out),
        *('--backbone-dir', work_dir / 'backbones'),
    )
    return summarise(out / CONFIG.stem, run.method)


def summarise(folder: Path, method: str) -> dict:
    """The results of the two runs, by what they started from."""
    found: dict[str, dict] = {}
    for file in sorted(folder.glob('*/results.json')):
        results = json.loads(file.read_text())
        start = 'random' if results['init'] == 'random' else method
        found[start] = results
    verified = found[method]['verified']
    return dict(
        config=CONFIG.name,
        metric=METRIC,
        verified=f'{verified["loaded"]}/{verified["total"]}',
        before={k: v['metrics_before'][METRIC] for k, v in found.items()},
        after={k: v['metrics'][METRIC] for k, v in found.items()},
    )
