"""What every results.json has, whatever was evaluated."""

from __future__ import annotations

import logging
import math
from datetime import datetime, timezone
from typing import Any

from mmengine.dist import get_world_size
from mmengine.logging import print_log

from .provenance import git_commit, versions
from .source import Source

# mmdet has no numbers then, and its evaluation goes on.
NOTHING = (
    'NOTHING WAS DETECTED in any picture, so there are no numbers: train '
    "longer, or lower the threshold that the detector's test_cfg has"
)


def make_results(
    source: Source,
    metrics: dict[str, float],
    verified: dict | None,
    seed: int,
    seconds: float,
    **about: Any,
) -> dict[str, Any]:
    """The content of a ``results.json``.

    Args:
        source: What was evaluated.
        metrics: Figures, by the names that evaluators give them.
        verified: The record of what was loaded, if anything was to be.
        seed: The run's.
        seconds: How long it took.
        about: Further entries.
    """
    return dict(
        about,
        init=source.init,
        method=source.method,
        checkpoint=source.checkpoint,
        verified=verified,
        metrics=to_json_numbers(metrics),
        seed=seed,
        world_size=get_world_size(),
        seconds=round(seconds, 1),
        versions=versions(),
        git_commit=git_commit(),
        finished=datetime.now(timezone.utc).isoformat(timespec='seconds'),
    )


def to_json_numbers(metrics: dict) -> dict[str, float | None]:
    """Metrics as JSON has them: NaN, as of a class without images, is null.

    What is no single number, as a confusion matrix, is left out with a
    warning.
    """
    found: dict[str, float | None] = {}
    for name, value in metrics.items():
        try:
            number = float(value)
        except (TypeError, ValueError, RuntimeError):
            # The training is over: nothing is worth losing its results.
            continue
        found[name] = None if math.isnan(number) else number
    left_out = ', '.join(name for name in metrics if name not in found)
    if left_out:
        print_log(
            f'no single numbers, and not in the results: {left_out}',
            'current',
            logging.WARNING,
        )
    return found


def describe_metrics(results: dict) -> str:
    """A line a metric, with its value before training where it is known."""
    if not results['metrics']:
        return NOTHING
    before = results.get('metrics_before') or {}
    width = max(map(len, results['metrics']), default=0)
    lines = []
    for name, value in results['metrics'].items():
        text = 'none' if value is None else f'{value:.4g}'
        if before.get(name) is not None:
            text = f'{before[name]:.4g} -> {text}'
        lines.append(f'  {name:{width}}  {text}')
    return '\n'.join(lines)
