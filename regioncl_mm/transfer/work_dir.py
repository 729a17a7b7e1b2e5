"""One folder, one run: what a work dir holds is written down in it."""

from __future__ import annotations

import argparse
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

from mmengine.config import Config

from ..checkpoints.newest import has_checkpoints
from ..checkpoints.training_checkpoints import find_trained_checkpoint
from ..utils import from_main_process
from ..utils.files import read_json, write_json
from ..utils.work_dir import work_dir_locked
from .source import Source

RECORD = 'transfer.json'
RESULTS = 'results.json'
ROOT = Path('work_dirs', 'transfer')
# Of --cached-features, in records and results.
PROTOCOL = (
    "linear layer on cached features of a centre crop; not the paper's "
    'protocol'
)


def default_work_dir(
    config, source: Source, seed: int, root: Path = ROOT
) -> Path:
    """The folder of a run: below its config's, by its backbone and seed."""
    suffix = f'-seed{seed}' if seed else ''
    return root / Path(config).stem / f'{source.name}{suffix}'


def make_record(
    config,
    cfg_options: dict | None,
    source: Source,
    seed: int,
    allow_partial: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """What tells a run from others, in JSON's types only.

    Args:
        config: Path of the downstream config.
        cfg_options: What of it the command line overrides.
        source: What the run starts from.
        seed: The run's.
        allow_partial: Whether the backbone may be partly the source's.
        more: Further entries.
    """
    checkpoint = source.checkpoint or {}
    record = dict(
        config=Path(config).stem,
        cfg_options=cfg_options or {},
        backbone=checkpoint.get('sha256', source.init),
        seed=seed,
        allow_partial=allow_partial,
        **more,
    )
    return json.loads(json.dumps(record, default=str))


def finished(work_dir: Path, record: dict[str, Any]) -> dict | None:
    """The results of this run, if it was trained to its end."""
    if read_json(work_dir / RECORD) != record:
        return None
    results = read_json(work_dir / RESULTS)
    # Earlier versions wrote no `trained`, and kNN's numbers to this folder.
    if results and results.get('trained', 'knn' not in results):
        return results
    return None


def check_no_training(work_dir: Path) -> None:
    """Find that what evaluates alone would not replace a training's results.

    Raises:
        ValueError: If the folder is one of tools/transfer.py's.
    """
    if (work_dir / RECORD).exists():
        raise ValueError(
            f'{work_dir} holds a run of transfer.py, whose {RESULTS} would '
            'be replaced; choose another --work-dir'
        )


@contextmanager
def claim_work_dir(
    args: argparse.Namespace, cfg: Config, source: Source, seed: int
) -> Iterator[dict[str, Any]]:
    """Choose the folder of a run, which is this run's alone within it.

    Args:
        args: What tools/transfer.py parsed.
        cfg: The downstream config, changed in place.
        source: What the run starts from.
        seed: The run's.

    Yields:
        What tells the run from others.

    Raises:
        ValueError: If the folder is another run's, or in use, or has nothing
            to test with ``--test-only``.
    """
    more = dict(protocol=PROTOCOL) if args.cached_features else {}
    record = make_record(
        args.config, args.cfg_options, source, seed, args.allow_partial, **more
    )
    if not args.work_dir:
        suffix = '-cached' if args.cached_features else ''
        cfg.work_dir = f'{default_work_dir(args.config, source, seed)}{suffix}'
    work_dir = Path(cfg.work_dir)
    if args.test_only:
        cfg.load_from = str(find_trained_checkpoint(work_dir))
    cfg.resume = args.resume and not args.test_only
    go_on = args.resume or args.test_only
    with work_dir_locked(work_dir):
        from_main_process(lambda: claim(work_dir, record, go_on))
        yield record


def claim(work_dir: Path, record: dict[str, Any], go_on: bool) -> None:
    """Write down whose the folder is, or find that it is another run's.

    Args:
        work_dir: Made if it is not there.
        record: What :func:`make_record` made.
        go_on: Whether the run may have begun before.

    Raises:
        ValueError: If another run is in the folder, or this one and it is
            not to go on.
    """
    found = read_json(work_dir / RECORD)
    if found is None:
        # They are of a training without this tool: --resume would take
        # them for its own.
        if has_checkpoints(work_dir):
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
        state = (
            f'finished: see {work_dir / RESULTS}'
            if finished(work_dir, record)
            else 'unfinished: --resume goes on with it'
        )
        raise ValueError(
            f'{work_dir} holds this run already, {state}; another --work-dir '
            'starts it anew'
        )
