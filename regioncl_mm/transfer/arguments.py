"""Arguments that say which backbone is evaluated."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmengine.config import Config

from ..utils import from_main_process
from .source import Source, find_source


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """What :func:`find` reads beside the ``checkpoint``."""
    parser.add_argument(
        '--encoder',
        choices=('online', 'momentum'),
        default='online',
        help='which of two encoders; default: online, trained by gradients',
    )
    parser.add_argument(
        '--allow-partial',
        action='store_true',
        help='go on even if the backbone is not wholly the checkpoint; the '
        'results say so',
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='run the code that the checkpoint may contain; only for files '
        'whose origin you know',
    )
    parser.add_argument(
        '--method',
        help='name for the report, such as RegionCL-M; default: by the '
        'pretraining config that the checkpoint names',
    )
    parser.add_argument(
        '--backbone-dir',
        type=Path,
        default='work_dirs/backbones',
        help='folder for extracted backbones; default: %(default)s',
    )


def find(args: argparse.Namespace, cfg: Config) -> Source:
    """The source, as the first process finds it."""

    def look() -> Source:
        return find_source(
            args.checkpoint,
            cfg,
            args.backbone_dir,
            args.encoder,
            args.trust_checkpoint,
            args.method,
        )

    source = from_main_process(look)
    if source.path and not source.path.is_file():
        look()  # this machine shares no disk with the first process
    return source


def set_seed(cfg: Config) -> None:
    """A config without a seed gets 0."""
    if cfg.get('randomness', {}).get('seed') is None:
        cfg.merge_from_dict({'randomness.seed': 0})
