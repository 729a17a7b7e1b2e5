"""Figures and names as people read them, in the terminal and in Markdown."""

from __future__ import annotations

from .collect import Figure
from .results import Result

NOT_RUN = 'not run'
# The first figures of each task.
MAIN = (
    *('coco/bbox_mAP', 'coco/segm_mAP', 'cityscapes/mAP', 'mIoU', 'coco/AP'),
    'accuracy/top1',
)
OTHER_HEADINGS = ['config', 'started from', 'metrics, before → after']


def number(value: float | None) -> str:
    return '-' if value is None else f'{value:.1f}'


def difference(figure: Figure | None, paper: float | None) -> str:
    """Ours minus the paper's."""
    if figure is None or figure.mean is None or paper is None:
        return ''
    return f'{figure.mean - paper:+.1f}'.replace('-0.0', '+0.0')


def other_run(result: Result) -> list[str]:
    """A run that is in no table, with its metrics as they were reported."""
    names = [name for name in MAIN if name in result.metrics]
    metrics = []
    for name in names or result.metrics:
        before = result.metrics_before.get(name)
        arrow = '' if before is None else f'{before:.4g} → '
        value = result.metrics[name]
        text = 'none' if value is None else f'{value:.4g}'
        metrics.append(f'{name} {arrow}{text}')
    start = result.label
    if result.sha256 and result.method:
        start = f'{result.method}: {start}'
    remarks = [f'seed {result.seed}'] if result.seed else []
    remarks += [result.changed] if result.changed else []
    remarks += [f'{result.loaded} loaded'] if result.loaded else []
    return [
        result.config,
        '; '.join([start, *remarks]),
        ', '.join(metrics),
    ]
