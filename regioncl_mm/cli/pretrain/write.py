"""What a training begins with, written to its work dir."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, Sequence

from mmengine.config import Config

from ...checkpoints.newest import find_newest
from ...utils.files import read_json, write_json, write_text
from ...utils.logs import begun, find_logs
from ...utils.places import as_typed
from ..silence import logging_silenced
from .classes import Labelled
from .data import Files

FLAGS = (
    *('method', 'backbone', 'size', 'epochs', 'batch_size', 'seed'),
    'no_labels',
)
RECIPE = 'recipe'  # the folder in the work dir
CHOSEN = 'chosen.json'


def plain_name(folder: Path) -> str:
    """The folder's name in letters that no shell takes for its own."""
    name = re.sub(r'[^\w.-]+', '-', folder.absolute().name).strip('-.')
    return name or 'pictures'


def write_lists(
    folder: Path, place: Path, names: list[str], labelled: Labelled | None
) -> Files:
    """Write which pictures are trained on, and the labels of the kNN."""
    files = Files(
        folder,
        *(
            place.absolute() / f'{x}.txt'
            for x in ('pictures', 'knn_memory', 'knn_query')
        ),
    )
    write_text(files.pictures, '\n'.join(names) + '\n')
    if labelled:
        write_text(files.memory, '\n'.join(labelled.memory) + '\n')
        write_text(files.queries, '\n'.join(labelled.queries) + '\n')
    return files


def write_config(
    path: Path, cfg: dict[str, Any], said: Sequence[Sequence[str]]
) -> None:
    """Write the config, below what was chosen and why."""
    lines = [' '.join(f'{a:11}{b:20} {c}'.split()) for a, b, c in said]
    with logging_silenced():
        text = Config(cfg).pretty_text
    head = '\n'.join(f'# {line}' for line in lines)
    write_text(path, f'# Made by tools/pretrain.py.\n{head}\n\n{text}')


def write_chosen(
    args: argparse.Namespace, config: Path, said: Sequence[Sequence[str]]
) -> None:
    """Write what was asked for and what was said, beside the config.

    And which logs are there already: they are no part of this training.
    """
    write_json(
        config.with_name(CHOSEN),
        dict(
            config=config.name,
            flags={name: getattr(args, name) for name in FLAGS},
            folder=str(args.folder.absolute()),
            said=said,
            earlier=[begun(x) for x in find_logs(config.parents[1])],
        ),
    )


def as_typed_option(name: str, value: Any) -> str:
    """An option and its value as they are typed; a switch has none."""
    option = f'--{name.replace("_", "-")}'
    return option if value is True else f'{option} {value}'


def kept_config(args: argparse.Namespace, out: Path) -> Path | None:
    """The config that a training in the work dir goes on with.

    Returns:
        None if nothing has been begun there.

    Raises:
        ValueError: If the arguments ask for something else than it has.
    """
    chosen = read_json(out / RECIPE / CHOSEN)
    if chosen is None:
        return None
    differ = [
        as_typed_option(key, getattr(args, key))
        for key in FLAGS
        if getattr(args, key) not in (None, chosen['flags'].get(key))
    ]
    path = out / RECIPE / chosen['config']
    if str(args.folder.absolute()) != chosen['folder']:
        differ.append(f'the folder {args.folder}')
    if differ:
        raise ValueError(
            f'--resume goes on with {as_typed(path)} as it is, which has not '
            f'{", ".join(differ)}: leave that out, change the config, or '
            'choose another --work-dir'
        )
    newest = find_newest(out).path
    print(
        f'\ngoing on with {as_typed(path)}'
        + (f' from {newest.name}' if newest else ', from the beginning')
    )
    return path
