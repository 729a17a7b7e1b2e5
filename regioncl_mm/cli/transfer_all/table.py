"""What came out of a suite, a line a metric and a column a start."""

from __future__ import annotations

from .plan import Job

# The first figures of each task, as its paper and ours report them.
MAIN = (
    'coco/bbox_mAP',
    'coco/segm_mAP',
    'cityscapes/mAP',
    'mIoU',
    'coco/AP',
    'accuracy/top1',
)


def main_metrics(results: dict) -> dict[str, str]:
    """Those that a table shows, ``before -> after`` where both are known."""
    before = results.get('metrics_before') or {}
    found = {}
    for name in MAIN:
        value = results['metrics'].get(name)
        if value is not None:
            text = f'{value:.3g}'
            if before.get(name) is not None:
                text = f'{before[name]:.3g} -> {text}'
            found[name] = text
    return found


def describe(results: dict) -> str:
    """One run in a few words."""
    metrics = main_metrics(results)
    verified = results['verified']
    parts = [f'{name} {text}' for name, text in metrics.items()]
    if not results['metrics']:
        parts.append('nothing was detected')
    if verified:
        parts.append(f'verified {verified["loaded"]}/{verified["total"]}')
    return ', '.join(parts)


def as_text(jobs: list[Job]) -> str:
    """A table of all runs."""
    starts = list(dict.fromkeys(job.start for job in jobs))
    rows = [['', '', *starts]]
    for config in dict.fromkeys(job.config for job in jobs):
        cells = {j.start: j.results() for j in jobs if j.config == config}
        found = {s: main_metrics(r) for s, r in cells.items() if r}
        # A detector that finds nothing has no metrics.
        empty = {s: '-' if s in found else 'failed' for s in starts}
        names = [n for n in MAIN if any(n in x for x in found.values())]
        for index, name in enumerate(names or ['']):
            rows.append(
                [
                    '' if index else config.stem,
                    name,
                    *(found.get(s, {}).get(name, empty[s]) for s in starts),
                ]
            )
    widths = [max(map(len, column)) for column in zip(*rows)]
    return '\n'.join(
        '  '.join(f'{c:{w}}' for c, w in zip(row, widths)).rstrip()
        for row in rows
    )
