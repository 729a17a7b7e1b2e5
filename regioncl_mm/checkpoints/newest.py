"""Which checkpoint of a work dir a run goes on from: the newest whole one."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config
from mmengine.dist import is_main_process

from ..utils import from_main_process, init_processes
from . import inert_pickle
from .whole import DamagedFileError, check_records

MARK = 'last_checkpoint'  # where mmengine writes which one is the latest


class Saved(NamedTuple):
    """When a training checkpoint was saved; later ones are larger."""

    time: str  # of day, as mmengine writes it: 20261128_095000
    iter: int
    epoch: int


class Newest(NamedTuple):
    """What was found in a folder."""

    path: Path | None  # None if no run has saved anything there
    lines: list[str]  # to tell the user


def resume_from_newest(cfg: Config) -> None:
    """Have a run that is to go on do so from its newest whole checkpoint.

    Nothing is changed if it is not to go on, or the file is named. If the
    folder has no checkpoint, the run begins.

    Args:
        cfg: Changed in place: ``resume`` and ``load_from``.

    Raises:
        ValueError: If there are checkpoints, and all of them are damaged.
    """
    if not cfg.get('resume') or cfg.get('load_from'):
        return
    init_processes(cfg)
    newest = from_main_process(lambda: find_newest(checkpoint_folder(cfg)))
    if is_main_process():
        print('\n'.join(newest.lines), flush=True)
    if newest.path:
        cfg.load_from = str(newest.path)


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
    mark = folder / MARK
    marked = Path(mark.read_text().strip()).name if mark.is_file() else ''
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


def when_saved(path: Path) -> Saved | None:
    """When a checkpoint was saved; None if no training can go on from it.

    Its tensors are not read.

    Raises:
        DamagedFileError: If the file is not whole.
    """
    try:
        with path.open('rb') as file:
            if file.read(1) == b'\x80':
                return None  # torch's format before 1.6, which no run writes
        with zipfile.ZipFile(path) as archive:
            (name,) = (
                name
                for name in archive.namelist()
                if name.count('/') == 1 and name.endswith('/data.pkl')
            )
            with archive.open(name) as file:
                content = OutlineUnpickler(file).load()
        if not isinstance(content, dict) or 'message_hub' not in content:
            return None
        meta = content['meta']
        return Saved(
            str(meta.get('time')), int(meta['iter']), int(meta['epoch'])
        )
    except Exception as error:  # a broken pickle can raise anything
        raise DamagedFileError(
            f'it is damaged or cut short ({error})'
        ) from error


class OutlineUnpickler(inert_pickle.Unpickler):
    """Reads the numbers and texts of a checkpoint, and none of its tensors."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ('collections', 'OrderedDict'):
            return super().find_class(module, name)
        return inert_pickle.Placeholder

    def persistent_load(self, pid: Any) -> None:
        """No storage of a tensor."""
