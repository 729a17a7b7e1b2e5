"""Which checkpoint of a work dir a run goes on from: the newest whole one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from ..utils import from_main_process, init_processes
from .outline import Saved, when_saved
from .whole import DamagedFileError, check_records

MARK = 'last_checkpoint'  # where mmengine writes which one is the latest


class Newest(NamedTuple):
    """What was found in a folder."""

    path: Path | None  # None if no run has saved anything there
    lines: list[str]  # to tell the user


def resume_from_newest(cfg: Config) -> list[str]:
    """Have a run that is to go on do so from its newest whole checkpoint.

    Nothing is changed if it is not to go on, or the file is named. If the
    folder has no checkpoint, the run begins.

    Args:
        cfg: Changed in place: ``resume`` and ``load_from``.

    Returns:
        Lines for the run's log: what it goes on from, and what was skipped.

    Raises:
        ValueError: If there are checkpoints, and all of them are damaged.
    """
    if not cfg.get('resume') or cfg.get('load_from'):
        return []
    init_processes(cfg)
    newest = from_main_process(lambda: find_newest(checkpoint_folder(cfg)))
    if newest.path:
        cfg.load_from = str(newest.path)
    return newest.lines


def checkpoint_folder(cfg: Config) -> Path:
    """Where a config's run saves: its work dir, or below ``out_dir``."""
    work_dir = Path(cfg.work_dir)
    hook = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    out_dir = hook.get('out_dir')
    return Path(out_dir, work_dir.name) if out_dir else work_dir


def find_newest(folder: Path) -> Newest:
    """Find the newest checkpoint that is as it was written.

    It is the one that ``last_checkpoint`` names, by its name in this folder,
    or one that was saved later and further on; without such a mark, the one
    saved last by the time that is written in it.

    Raises:
        ValueError: If there are checkpoints, and none is whole.
    """
    marked = marked_name(folder)
    found, skipped = all_saved(folder)
    reference = next((s for p, s in found.items() if p.name == marked), None)
    for path in in_order(found, reference):
        try:
            check_records(path)
        except DamagedFileError as error:
            skipped.append(f'skipped {path}: {error}')
            continue
        return Newest(path, [*skipped, f'going on from {path}'])
    if skipped or marked:
        raise ValueError(
            '\n'.join(
                [
                    f'{folder} has no whole checkpoint, and is not empty '
                    f'({MARK} names {marked or "none"}); to start anew, '
                    'choose another folder',
                    *skipped,
                ]
            )
        )
    return Newest(None, [f'{folder} has no checkpoint: the run begins'])


def has_checkpoints(folder: Path) -> bool:
    """Whether a run has saved anything in a folder, be it damaged by now."""
    return bool(marked_name(folder) or any(all_saved(folder)))


def marked_name(folder: Path) -> str:
    """The name that ``last_checkpoint`` has; empty without such a mark."""
    mark = folder / MARK
    return Path(mark.read_text().strip()).name if mark.is_file() else ''


def all_saved(folder: Path) -> tuple[dict[Path, Saved], list[str]]:
    """The training checkpoints of a folder, and lines on damaged ones."""
    found, skipped = {}, []
    for path in sorted(folder.glob('*.pth')):
        if path.name.startswith('best_'):  # has weights alone
            continue
        try:
            saved = when_saved(path)
        except DamagedFileError as error:
            skipped.append(f'skipped {path}: {error}')
            continue
        if saved:
            found[path] = saved
    return found, skipped


def in_order(found: dict[Path, Saved], marked: Saved | None) -> list[Path]:
    """The files in the order in which they are to be tried.

    Args:
        found: When they were saved.
        marked: When the marked one was, if it is among them.
    """

    def rank(path: Path) -> tuple:
        saved = found[path]
        if marked is None:
            return 0, saved
        # A run that was killed before it marked what it saved. What is
        # further on and not later is of a run that was given up.
        later = saved > marked and saved.iter > marked.iter
        return 2 if later else saved == marked, saved

    return sorted(found, key=rank, reverse=True)
