"""The quickstart's last step: a downstream task from what was pretrained."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ...checkpoints.extract import extract_backbone
from ...checkpoints.training_checkpoints import find_trained_checkpoint
from ...utils.places import as_typed
from ..programs import run_tool
from .figures import over_seeds
from .runs import CONFIGS, Run

CONFIG = (
    CONFIGS / 'transfer' / 'upernet_resnet18-tiny_1xb8-300i_toy-cityscapes.py'
)
METRIC = 'mIoU'


def transfer(runs: list[Run], out: Path) -> dict:
    """Segment toy scenes, with runs' backbones and with a random one.

    Args:
        runs: Finished ones of one seed, which is the segmentation's, too.
        out: The folder of it all.

    Returns:
        The config, the metric, how many tensors were ``verified``, and the
        metric ``before`` and ``after`` training by what was started from:
        ``random``, or the method's key.
    """
    toy = Path(os.environ.get('TOY_DATA_ROOT', 'data/toy'))
    if not toy.is_dir():
        run_tool('make_toy_data.py', toy)
    seed, extracted = runs[0].seed, out.with_name('backbones')
    checkpoints = [find_trained_checkpoint(run.work_dir) for run in runs]
    run_tool(
        'transfer_all.py',
        *(*checkpoints, 'random', '--suite', as_typed(CONFIG)),
        *('--test-before', '--jobs', 2, '--work-dir', out),
        *('--backbone-dir', extracted),
        *('--cfg-options', f'randomness.seed={seed}'),
    )
    backbones = {'random': 'random'}
    for run, checkpoint in zip(runs, checkpoints):
        backbones[run.method] = extract_backbone(checkpoint, extracted).sha256
    return summarise(out / CONFIG.stem, backbones, seed)


def summarise(folder: Path, backbones: dict[str, str], seed: int) -> dict:
    """The results of a call, by what its runs started from.

    Args:
        folder: Has those of earlier calls, too: of other methods, of other
            backbones and of other seeds.
        backbones: The sha256 of each method's backbone; ``random`` has its
            name.
        seed: The runs'.
    """
    there = {}
    for path in folder.glob('*/results.json'):
        results = json.loads(path.read_text(encoding='utf-8'))
        if results['seed'] == seed:
            checkpoint = results['checkpoint'] or {}
            there[checkpoint.get('sha256', results['init'])] = results
    found = {start: there[x] for start, x in backbones.items()}
    verified = [x['verified'] for x in found.values() if x['init'] != 'random']
    return dict(
        config=CONFIG.name,
        metric=METRIC,
        verified=f'{verified[0]["loaded"]}/{verified[0]["total"]}',
        before={k: v['metrics_before'][METRIC] for k, v in found.items()},
        after={k: v['metrics'][METRIC] for k, v in found.items()},
    )


def transfer_seeds(runs: list[list[Run]], out: Path) -> dict:
    """The same for several seeds.

    Args:
        runs: Of each seed a base method's and its RegionCL version's, in this
            order.
        out: Gets a folder a seed.

    Returns:
        As :func:`transfer`, with the values over seeds; and the
        ``difference`` of RegionCL, seed by seed, to what else was started
        from.
    """
    found = {
        group[0].seed: transfer(group, out / f'seed{group[0].seed}')
        for group in runs
    }
    one = next(iter(found.values()))
    result = dict(one)
    for when in ('before', 'after'):
        result[when] = {
            start: over_seeds({s: x[when][start] for s, x in found.items()})
            for start in one[when]
        }
    ours = result['after'][runs[0][-1].method]['values']
    result['difference'] = {
        start: over_seeds({s: ours[s] - x for s, x in of['values'].items()})
        for start, of in result['after'].items()
        if of['values'] is not ours
    }
    return result
