"""One folder, one run: what a work dir holds is written down in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..checkpoints.best_checkpoint import best_checkpoint
from ..checkpoints.extract import write_whole
from .source import Source

RECORD = 'transfer.json'
RESULTS = 'results.json'
ROOT = Path('work_dirs', 'transfer')


def default_work_dir(
    config, source: Source, seed: int, root: Path = ROOT
) -> Path:
    """A folder of a config, and in it one for each backbone and seed."""
    suffix = f'-seed{seed}' if seed else ''
    return root / Path(config).stem / f'{source.name}{suffix}'


def make_record(
    config,
    cfg_options: dict | None,
    source: Source,
    seed: int,
    allow_partial: bool = False,
) -> dict[str, Any]:
    """What tells a run from others, JSON's types only."""
    checkpoint = source.checkpoint or {}
    record = dict(
        config=Path(config).stem,
        cfg_options=cfg_options or {},
        backbone=checkpoint.get('sha256', source.init),
        seed=seed,
        allow_partial=allow_partial,
    )
    return json.loads(json.dumps(record, default=str))


def read_json(path: Path) -> dict[str, Any] | None:
    """None if there is no such file.

    Raises:
        ValueError: If it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f'{path} is not JSON ({error})') from None


def write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2) + '\n'
    write_whole(path, lambda to: to.write_text(text, encoding='utf-8'))


def finished(work_dir: Path, record: dict[str, Any]) -> dict | None:
    """The results of this run, if the folder has them."""
    if read_json(work_dir / RECORD) != record:
        return None
    return read_json(work_dir / RESULTS)


def trained_checkpoint(work_dir: Path) -> str:
    """The best checkpoint of a run that keeps it, else the latest.

    Raises:
        ValueError: If there is none.
    """
    best = best_checkpoint(work_dir)
    if best:
        return str(best)
    mark = work_dir / 'last_checkpoint'
    found = Path(mark.read_text().strip()) if mark.is_file() else None
    # Its folder may have been moved.
    for path in (found, found and work_dir / found.name):
        if path and path.is_file():
            return str(path)
    raise ValueError(
        f'{work_dir} has no checkpoint to test; train first, without '
        '--test-only'
    )


def claim(work_dir: Path, record: dict[str, Any], go_on: bool) -> None:
    """Write down whose the folder is, or find that it is another run's.

    Args:
        work_dir: Made if it is not there.
        record: Of :func:`make_record`.
        go_on: Whether the run may have begun before.

    Raises:
        ValueError: If another run is in the folder, or this one and it is
            not to go on.
    """
    found = read_json(work_dir / RECORD)
    if found is None:
        # Of training without this tool: --resume would take it for its own.
        if (work_dir / 'last_checkpoint').exists():
            raise ValueError(
                f'{work_dir} has checkpoints of a run that this tool did not '
                'start; choose another --work-dir'
            )
        work_dir.mkdir(parents=True, exist_ok=True)
        write_json(work_dir / RECORD, record)
        return
    changed = [
        f'{key}: {found.get(key)!r} there, {record.get(key)!r} here'
        for key in sorted({*found, *record})
        if found.get(key) != record.get(key)
    ]
    if changed:
        raise ValueError(
            f'{work_dir} holds another run ({"; ".join(changed)}); choose '
            'another --work-dir'
        )
    if not go_on:
        is_done = (work_dir / RESULTS).exists()
        raise ValueError(
            f'{work_dir} holds this run already, '
            + (
                f'finished: see {os.path.join(work_dir, RESULTS)}'
                if is_done
                else 'unfinished: --resume goes on with it'
            )
            + '; another --work-dir starts it anew'
        )
