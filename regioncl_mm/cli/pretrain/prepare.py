"""What is done before a training: look, choose, try, write and say it."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import choices
from .backbones import find_backbone
from .classes import Labelled, label_by_folder
from .config import make_config
from .look import Seen, look_at_all
from .machine import Machine, this_machine
from .model import complete_model, make_model
from .numbers import choose_numbers
from .pictures import find_pictures
from .recipes import default_method, find_recipe, find_row
from .said import Said, describe, describe_labels, describe_method, say_norm
from .trial import try_step
from .write import (
    RECIPE,
    plain_name,
    write_chosen,
    write_config,
    write_lists,
)

LOOKED_AT = 500  # pictures that are decoded before the training


def prepare(args: argparse.Namespace, out: Path, processes: int) -> Path:
    """Make the config of a training, and say what was chosen and why.

    Args:
        args: What tools/pretrain.py reads from its command line.
        out: The work dir; the config goes to ``recipe`` in it.
        processes: How many will train together.

    Raises:
        ValueError: If the folder cannot teach, or a choice cannot work.
    """
    find_row(args.method or default_method(args.backbone or 'resnet50'))
    folder = args.folder.absolute()
    machine = this_machine(processes)
    say = Said()
    print(f'\npretraining on the pictures in {args.folder}', flush=True)
    pictures = find_pictures(folder, out)
    seen = look_at_all(folder, pictures.names, LOOKED_AT, machine.cores)
    names = [x for x in pictures.names if x not in seen.broken]
    describe(pictures, seen, len(names), say)
    labelled = None if args.no_labels else label_by_folder(names)
    describe_labels(labelled, say)
    return choose(args, out, machine, names, seen, labelled, say)


def choose(
    args: argparse.Namespace,
    out: Path,
    machine: Machine,
    names: list[str],
    seen: Seen,
    labelled: Labelled | None,
    say: Said,
) -> Path:
    """Choose all numbers, and write the config."""
    where = machine.gpu or f'CPU, {machine.cores} core(s)'
    say('machine', f'{machine.processes} process(es)', where)
    name, why = choose_backbone(args, machine)
    say('backbone', name, why)
    size = choices.choose_size(args.size, name, machine, seen.side)
    backbone = find_backbone(name, size.value)
    stem = args.method or default_method(name)
    recipe = find_recipe(stem, backbone)
    cells, *sides = choices.rectangle(size.value, backbone.stride)
    say('method', stem, describe_method(args, recipe, backbone))
    say('size', f'{size.value} pixels', size.why)
    if recipe.has_regions:
        low, high = sides
        span = f'{low} to {high} cells' if low < high else f'{low} cell(s)'
        why = f'of {cells}x{cells}, each {backbone.stride} pixels wide'
        say('rectangle', span, why)
    model = make_model(recipe, backbone, size.value, (sides[0], sides[1]))
    bytes_of = try_step(model, size.value)
    numbers = choose_numbers(
        args, machine, recipe, size.value, sides, names, seen, bytes_of, say
    )
    complete_model(model, recipe, backbone, numbers, machine)
    say_norm(recipe, backbone, numbers, machine, say)
    place = out / RECIPE
    place.mkdir(parents=True, exist_ok=True)
    files = write_lists(args.folder.absolute(), place, names, labelled)
    cfg = make_config(model, recipe, numbers, machine, files, labelled)
    path = place / f'{stem}_{backbone.name}_{plain_name(args.folder)}.py'
    write_config(path, cfg, say.lines)
    write_chosen(args, path, say.lines)
    return path


def choose_backbone(
    args: argparse.Namespace, machine: Machine
) -> tuple[str, str]:
    """The name of the backbone, and why."""
    if args.backbone:
        return args.backbone, 'as asked for'
    if args.method and find_row(args.method).stem == 'regioncl-moby':
        return 'swin-tiny', 'what this method is for'
    if machine.gpu:
        return 'resnet50', "the paper's"
    return 'resnet18', 'small, for there is no GPU'
