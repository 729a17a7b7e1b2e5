"""What is said of a training before it begins, kept for its page."""

from __future__ import annotations

import argparse
from pathlib import Path

from .backbones import Backbone
from .classes import Labelled
from .look import Seen
from .machine import Machine
from .model import splits
from .numbers import Numbers
from .pictures import Pictures
from .recipes import SHUFFLING, Recipe


class Said:
    """Lines of what was chosen, printed and kept."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []

    def __call__(self, what: str, value: object, why: str = '') -> None:
        self.lines.append((what, str(value), why))
        print(f'  {what:11}{value!s:20} {why}'.rstrip(), flush=True)


def describe(pictures: Pictures, seen: Seen, count: int, say: Said) -> None:
    """Say which pictures there are, and which are left out."""
    say('pictures', f'{count:,}', f'median shorter side: {seen.side} pixels')
    if seen.looked_at < len(pictures.names):
        say(
            '',
            '',
            f'{seen.looked_at:,} of them looked at; what turns out broken '
            'among the others is skipped',
        )
    for name, why in seen.broken.items():
        say('', '', f'left out: {name}: {why}')
    if pictures.other:
        found = ', '.join(f'{n} {kind}' for kind, n in pictures.other.items())
        say('', '', f'no pictures, and left out: {found}')
    for name in pictures.unlisted:
        say('', '', f'left out, for no list can hold its name: {name!r}')
    if seen.different < seen.looked_at - len(seen.broken):
        say('', '', f'{seen.different:,} of them look different')


def describe_labels(labelled: Labelled | None, say: Said) -> None:
    """Say whether the folders are taken for classes."""
    if labelled:
        shown = ', '.join(labelled.classes[:4])
        more = ', …' if len(labelled.classes) > 4 else ''
        say(
            'classes',
            len(labelled.classes),
            f'folders {shown}{more}: for the kNN alone, of every fifth '
            'picture; --no-labels if they are none',
        )


def describe_method(
    args: argparse.Namespace, recipe: Recipe, backbone: Backbone
) -> str:
    """Why a method is trained, and by whose recipe."""
    name = Path(recipe.cfg.filename).stem
    usual = (
        'as asked for' if args.method else 'the default for such a backbone'
    )
    if recipe.published:
        return f'{usual}; recipe: {name}'
    schedule = Path(recipe.schedule.filename).stem
    if schedule == name:
        return f'{usual}; recipe: {name}, which is of another backbone'
    return (
        f'{usual}; no recipe is published for this pair: views and losses '
        f'are of {name}, the optimizer is of {schedule}'
    )


def say_norm(
    recipe: Recipe,
    backbone: Backbone,
    numbers: Numbers,
    machine: Machine,
    say: Said,
) -> None:
    """Say how batch norm is kept from telling which key is whose."""
    parts = splits(recipe, backbone, numbers.batch, machine)
    if parts > 1:
        say(
            'batch norm',
            f'in {parts} parts',
            'so that one process can shuffle keys as several do',
        )
    elif (
        machine.processes == 1
        and backbone.batch_norm
        and recipe.row.stem in SHUFFLING
    ):
        say(
            'batch norm',
            'whole',
            'it may tell which key is of which query, and less is learnt; '
            '--method regioncl-m3 does not mind',
        )
