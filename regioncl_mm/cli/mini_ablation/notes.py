"""What a reader of the tables must know."""

from __future__ import annotations

import os
import statistics

PAPERS = (
    "the paper's: its differences to MoCo v2, on ImageNet after 100 epochs "
    '(Tables 9 and 10) and 200 (Table 14); nothing else here is a number of '
    'the paper.'
)


def notes(
    results: dict[str, dict[int, dict]], seeds: int, epochs: int, command: str
) -> list[str]:
    """Lines of Markdown.

    Args:
        results: Those of each run, by variant and seed.
        seeds: How many each variant has.
        epochs: How long each run trained.
        command: What made them.
    """
    runs = [x for by_seed in results.values() for x in by_seed.values()]
    lines = [
        f'`{command}`',
        '',
        f'RegionCL-M and its variants on Fashion-MNIST, the network of the '
        f'quickstart, {epochs} epochs of 10,000 images; accuracy in percent '
        'on 10,000 held-out images (kNN) and 5,000 (linear), mean ± sample '
        f'standard deviation over {seeds} seeds. Differences are taken seed '
        'by seed: mean ± standard error, and in how many seeds it is a gain.',
        '',
        'linear top-1: a classifier on features of whole images, without '
        "augmentation, which is not the paper's protocol.",
        '',
        PAPERS,
    ]
    if any(len(by_seed) < seeds for by_seed in results.values()):
        lines += ['', '(n): over n seeds; the runs of the others failed.']
    if runs:
        epoch = statistics.median(x['seconds_per_epoch'] for x in runs)
        versions = runs[0]['versions']
        days = sorted({x['finished'][:10] for x in runs})
        lines += [
            '',
            f'{len(runs)} runs, {epoch:.0f} s an epoch (median) on one '
            f'thread each; {os.cpu_count()} cores ({versions["device"]}), '
            f'Python {versions["python"]}, torch {versions["torch"]}; '
            f'{" to ".join(dict.fromkeys((days[0], days[-1])))}.',
        ]
    return lines
