"""How a run differs from the one whose checkpoint it is to go on from."""

from __future__ import annotations

from typing import Any

from torch import nn

# Kinds of differences that have to be accepted: the checkpoint says nothing
# of what comes in place of what it has.
REFUSED = {
    'model': 'what has another shape begins anew',
    'optimizer': 'the new optimizer begins without a state',
    'data': 'positions in the data count by epochs',
}
# How an optimizer computes, and not what.
WAYS = {'capturable', 'differentiable', 'foreach', 'fused'}
_LISTED = 4


def find_differences(
    checkpoint: dict, now: dict[str, Any], model: nn.Module, groups: list[dict]
) -> dict[str, list[str]]:
    """Everything that differs, in words, by kind.

    Args:
        checkpoint: The whole checkpoint; one without conditions is compared
            by its tensors and rates alone.
        now: The conditions of this run.
        model: This run's model.
        groups: The parameter groups of its optimizer.

    Returns:
        Those of :data:`REFUSED`, ``batch``, ``length``, ``schedules`` and
        ``rate``, as far as there is a difference.
    """
    saved = checkpoint.get('resume', {}).get('conditions', now)
    names = {key: _changed(saved, now, key) for key in now if key != 'model'}
    batch = ('batch_size', 'processes', 'accumulation', 'steps_per_epoch')
    found = dict(
        model=names['algorithm']
        + _changes(saved['model'], now['model'], 'model.')
        + _tensors(checkpoint['state_dict'], model),
        optimizer=names['optimizer'],
        data=names['images'] + names['files'],
        batch=[text for key in batch for text in names[key]],
        length=names['max_epochs'] + names['max_iters'],
        schedules=names['param_scheduler'],
        rate=_rates(checkpoint.get('optimizer'), groups),
    )
    if found['optimizer']:
        found['rate'] = []
    return {kind: texts for kind, texts in found.items() if texts}


def refuse(found: dict[str, list[str]], accepted: set[str]) -> None:
    """Stop if what differs has to be accepted and is not.

    Raises:
        ValueError: In one line: what differs, and which option accepts it.
    """
    refused = {
        kind: texts
        for kind, texts in found.items()
        if kind in REFUSED and kind not in accepted
    }
    if not refused:
        return
    texts = [text for kind in refused for text in refused[kind]]
    further = len(texts) - _LISTED
    said = '; '.join(texts[:_LISTED])
    said += f'; and {further} more' if further > 0 else ''
    accept = ','.join(sorted(accepted | set(refused)))
    raise ValueError(
        f'this run cannot go on from the checkpoint, for it is another one: '
        f'{said}. Take the settings of the checkpoint, or another work dir; '
        'or go on all the same by `--cfg-options default_hooks.resume.accept='
        f'{accept}`: '
        + ', '.join(f'{REFUSED[kind]} ({kind})' for kind in refused)
    )


def _changed(saved: dict, now: dict, key: str) -> list[str]:
    if saved[key] == now[key]:
        return []
    if key in ('files', 'param_scheduler'):  # of no use to read
        return [f'`{key}` has changed']
    return [f'`{key}` was {saved[key]}, and is {now[key]}']


def _changes(saved: dict, now: dict, prefix: str) -> list[str]:
    """Settings that are other, gone or new."""
    missing = 'not there'
    return [
        f'`{prefix}{key}` was {saved.get(key, missing)}, and is '
        f'{now.get(key, missing)}'
        for key in {**saved, **now}
        if saved.get(key) != now.get(key)
    ]


def _tensors(saved: dict, model: nn.Module) -> list[str]:
    """Tensors that are missing, left over or of another shape."""
    found = {k: tuple(v.shape) for k, v in saved.items()}
    wanted = {k: tuple(v.shape) for k, v in model.state_dict().items()}
    return _changes(
        {k: str(v) for k, v in found.items()},
        {k: str(v) for k, v in wanted.items()},
        'tensor ',
    )


def _rates(saved: Any, groups: list[dict]) -> list[str]:
    """Numbers of the optimizer, before any schedule, that are other."""
    if not isinstance(saved, dict) or 'param_groups' not in saved:
        return []
    texts: dict[str, None] = {}  # in order, each once
    for old, new in zip(saved['param_groups'], groups):
        for key in new:
            scheduled = f'initial_{key}' in new
            if key == 'params' or key in WAYS or key not in old or scheduled:
                continue
            if old[key] != new[key]:
                name = key.replace('initial_', '')
                texts[f'`{name}` was {old[key]}, and is {new[key]}'] = None
    return list(texts)
