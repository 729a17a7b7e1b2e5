"""tools/pretrain.py: a folder of pictures, a backbone, and a page."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmengine.dist import is_main_process

from ...utils import from_main_process, init_processes, read_config
from ...utils.errors import exit_with_message
from ...utils.files import save_figure
from ...utils.places import as_typed, project_root
from ...utils.work_dir import have_unused, work_dir_locked
from ..browse_regions import draw_composites
from ..silence import logging_silenced
from ..train import train
from .finish import COMPOSITES, finish
from .machine import launched
from .prepare import prepare
from .show import QuietRunner
from .write import kept_config, plain_name

PROGRAM = 'pretrain.py'


def pretrain(args: argparse.Namespace) -> None:
    """Do what the arguments of tools/pretrain.py say.

    Raises:
        SystemExit: If the folder cannot teach, a choice cannot work, or the
            training ends early; with the reason.
    """
    out = Path(args.work_dir or default_work_dir(args.folder))
    config = None
    with exit_with_message(PROGRAM, ValueError):
        rank, processes = launched(args.launcher)
        # The others wait to be connected: a step that is tried out would
        # wait for theirs.
        if rank == 0:
            if args.folder.resolve() == out.resolve():
                raise ValueError(
                    '--work-dir cannot be the folder of the pictures'
                )
            if not args.resume and not args.anew:
                have_unused(out, anew=False)
            with work_dir_locked(out):
                config = begin(args, out, processes)
        connect(args)
        config = from_main_process(lambda: config)
        train(as_train_arguments(args, config, out), PROGRAM, QuietRunner)
        if is_main_process():
            finish(config, out)


def default_work_dir(folder: Path) -> Path:
    """The work dir for a folder of pictures."""
    return Path('work_dirs', f'pretrain-{plain_name(folder)}')


def connect(args: argparse.Namespace) -> None:
    """Connect the launcher's processes."""
    runtime = project_root() / 'configs' / '_base_' / 'default_runtime.py'
    with logging_silenced():
        cfg = read_config(runtime, launcher=args.launcher)
    init_processes(cfg)


def begin(args: argparse.Namespace, out: Path, processes: int) -> Path:
    """The config that is trained, made or kept; and a preview of it."""
    config = kept_config(args, out) if args.resume else None
    if config is None:
        config = prepare(args, out, processes)
        preview(config, out)
    print(
        f'\nthe config is {as_typed(config)}; the training says:', flush=True
    )
    return config


def preview(config: Path, out: Path) -> None:
    """Draw composites, where the method makes some."""
    with logging_silenced():
        figure = draw_composites(config, num_images=4, seed=0)
    picture = out / COMPOSITES
    if figure is None:
        picture.unlink(missing_ok=True)
        return
    save_figure(figure, picture)
    print(f'\nsee what it will look at: {as_typed(picture)}')


def as_train_arguments(
    args: argparse.Namespace, config: Path, out: Path
) -> argparse.Namespace:
    """What tools/train.py would be given."""
    return argparse.Namespace(
        config=str(config),
        work_dir=str(out),
        cfg_options=None,
        launcher=args.launcher,
        local_rank=args.local_rank,
        no_install=True,
        resume='auto' if args.resume else None,
        anew=args.anew,
        amp=False,
        bf16=False,
        no_validate=False,
        auto_scale_lr=False,
    )
