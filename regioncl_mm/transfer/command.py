"""The way of a checkpoint, from the command line to ``results.json``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process

from ..checkpoints import BackboneMismatchError
from ..checkpoints.training_checkpoints import find_trained_checkpoint
from ..utils import (
    check_config,
    from_main_process,
    init_processes,
    load_config,
)
from ..utils.errors import exit_with_message
from .cached_linear import PROTOCOL, check_linear, run_cached
from .prepare import (
    backbone_configs,
    separate_metric_files,
    set_backbone,
    set_default_seed,
)
from .results import describe_metrics
from .run import run
from .source import Source, find_source
from .work_dir import RESULTS, claim, default_work_dir, finished, make_record

PROGRAM = 'transfer.py'


def transfer(args: argparse.Namespace) -> None:
    """Train and test a downstream config from a checkpoint's backbone.

    Nothing is built before config, data, checkpoint and work dir are found to
    be in order.

    Args:
        args: What tools/transfer.py parsed.

    Raises:
        SystemExit: If anything is amiss, or if the model's backbone is not
            the checkpoint's before the first step; with one message.
    """
    with exit_with_message(PROGRAM, OSError, ValueError):
        cfg = load_config(args)
        check_config(cfg)
        backbones = backbone_configs(cfg)
        if args.cached_features:
            check_linear(cfg)
        init_processes(cfg)
        source = find_source(
            args.checkpoint,
            cfg,
            args.backbone_dir,
            args.encoder,
            args.trust_checkpoint,
            args.method,
        )
        if not args.cached_features:
            set_backbone(cfg, backbones, source.path, args.allow_partial)
        record = claim_work_dir(args, cfg, source)
        file = Path(cfg.work_dir, RESULTS)
        results = finished(file.parent, record) if args.resume else None
    outcome = f'finished before: {file}'
    if results is None:
        outcome = f'wrote {file}'
        with exit_with_message(PROGRAM, BackboneMismatchError):
            results = train_and_test(args, cfg, source, record)
    if is_main_process():
        print(describe_metrics(results), outcome, sep='\n')


def claim_work_dir(
    args: argparse.Namespace, cfg: Config, source: Source
) -> dict[str, Any]:
    """Choose the run's folder, and have the config write into it alone.

    Returns:
        What tells the run from others; see :func:`~.work_dir.make_record`.

    Raises:
        ValueError: If the folder is another run's, or has nothing to test
            with ``--test-only``.
    """
    seed = set_default_seed(cfg)
    more = dict(protocol=PROTOCOL) if args.cached_features else {}
    record = make_record(
        args.config, args.cfg_options, source, seed, args.allow_partial, **more
    )
    if not args.work_dir:
        suffix = '-cached' if args.cached_features else ''
        cfg.work_dir = f'{default_work_dir(args.config, source, seed)}{suffix}'
    separate_metric_files(cfg)
    if args.test_only:
        cfg.load_from = str(find_trained_checkpoint(Path(cfg.work_dir)))
    cfg.resume = args.resume and not args.test_only
    go_on = args.resume or args.test_only
    from_main_process(lambda: claim(Path(cfg.work_dir), record, go_on))
    return record


def train_and_test(
    args: argparse.Namespace,
    cfg: Config,
    source: Source,
    record: dict[str, Any],
) -> dict[str, Any]:
    """Run the prepared config by the protocol that the arguments choose.

    Returns:
        What ``results.json`` has.

    Raises:
        BackboneMismatchError: If the model has not got the backbone.
    """
    about = dict(
        config=args.config,
        name=record['config'],
        cfg_options=record['cfg_options'],
    )
    if not args.cached_features:
        return run(cfg, source, args.test_only, args.test_before, **about)
    if is_main_process():
        print(f'Quick look: {PROTOCOL}.', flush=True)
    return run_cached(
        cfg, source, args.feature_dir, args.allow_partial, **about
    )
