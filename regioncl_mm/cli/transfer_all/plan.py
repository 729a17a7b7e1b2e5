"""Which runs there are, and where each is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import yaml
from mmengine.config import Config

from ...install import require_libraries
from ...transfer.source import Source, find_source
from ...transfer.work_dir import (
    default_work_dir,
    finished,
    make_record,
)
from ...utils import parse_options
from ...utils.places import as_typed, project_root
from ..silence import logging_silenced

CONFIGS = project_root() / 'configs'
SUITES = CONFIGS / 'suites'


class Job(NamedTuple):
    """One run: a checkpoint on a task.

    Attributes:
        config: The task's config.
        checkpoint: As it was given.
        source: The backbone that was found there.
        work_dir: A folder of its own.
        record: What a finished run in this folder must have been.
    """

    config: Path
    checkpoint: str
    source: Source
    work_dir: Path
    record: dict

    @property
    def start(self) -> str:
        """What it starts from, in a few words."""
        checkpoint = self.source.checkpoint
        if checkpoint is None or self.source.init != 'checkpoint':
            return self.source.init
        method = self.source.method or checkpoint['file']
        return f'{method} ({self.source.name})'

    def __str__(self) -> str:
        return f'{self.config.stem} from {self.start}'

    def results(self) -> dict | None:
        """What came out, if the run is finished."""
        return finished(self.work_dir, self.record)


def read_suite(names: list[str]) -> list[Path]:
    """Configs of suites by name, of files like them, and single configs.

    Raises:
        ValueError: Naming what is not there.
    """
    configs = []
    for name in names:
        path = Path(name)
        if path.suffix == '.py':
            configs.append(path)
            continue
        known = SUITES / f'{name}.yml'
        path = known if known.is_file() else path
        if not path.is_file():
            suites = ', '.join(sorted(x.stem for x in SUITES.glob('*.yml')))
            raise ValueError(
                f'there is no suite {name}: give {suites}, a file with a '
                'list of configs, or a config'
            )
        listed = yaml.safe_load(path.read_text(encoding='utf-8'))
        if not isinstance(listed, list):
            raise ValueError(f'{path} is not a list of configs')
        configs += [CONFIGS / x for x in listed]
    missing = [str(path) for path in configs if not path.is_file()]
    if missing:
        raise ValueError(f'there is no config {", ".join(missing)}')
    return [as_typed(path) for path in configs]


def plan(args: argparse.Namespace) -> list[Job]:
    """All runs, those of one task after each other.

    Raises:
        OSError, ValueError: If a checkpoint cannot be read, or a config.
    """
    configs = read_suite(args.suite)
    options = parse_options(args.cfg_options)
    require_libraries(*configs, install=not args.no_install)
    with logging_silenced():
        parsed = {path: Config.fromfile(path) for path in configs}
    files: dict[str, Source] = {}
    jobs = []
    for path, cfg in parsed.items():
        cfg.merge_from_dict(options)
        seed = cfg.get('randomness', {}).get('seed') or 0
        for checkpoint, source in find_sources(args, cfg, files).items():
            work_dir = default_work_dir(path, source, seed, args.work_dir)
            record = make_record(
                path, options, source, seed, args.allow_partial
            )
            jobs.append(Job(path, checkpoint, source, work_dir, record))
    return jobs


def find_sources(
    args: argparse.Namespace, cfg: Config, known: dict[str, Source]
) -> dict[str, Source]:
    """The backbone of each checkpoint for one task.

    Args:
        args: What tools/transfer_all.py parsed.
        cfg: The task's config, with the options of the command line.
        known: Those that are the same for all tasks; what is found is added.
            ``supervised`` is not, but the weights of the config's ResNet.
    """
    found = {}
    for checkpoint in args.checkpoints:
        source = known.get(checkpoint) or find_source(
            checkpoint,
            cfg,
            args.backbone_dir,
            args.encoder,
            args.trust_checkpoint,
        )
        if source.init != 'supervised':
            known[checkpoint] = source
        found[checkpoint] = source
    return found
