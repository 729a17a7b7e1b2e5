"""The way of a checkpoint, from the command line to ``results.json``."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process

from ..checkpoints import BackboneMismatchError
from ..checkpoints.newest import resume_from_newest
from ..downstream import check_downstream, name_broken_images
from ..finite import NonFiniteError
from ..images import UnreadableImageError
from ..utils import (
    check_config,
    from_main_process,
    init_processes,
    load_config,
)
from ..utils.errors import disk_full_ends, exit_with_message
from ..utils.signals import ended_by_signals, signal_handlers_restored
from .cached_linear import check_linear, run_cached
from .prepare import (
    backbone_configs,
    separate_metric_files,
    set_backbone,
    set_default_seed,
    stop_at_non_finite,
)
from .results import describe_metrics
from .run import run
from .source import find_source
from .work_dir import RESULTS, claim_work_dir, finished

PROGRAM = 'transfer.py'
# The data loaders of a run, and with --test-only.
TESTED = ('test_dataloader',)
READ = {False: ('train_dataloader', 'val_dataloader', *TESTED), True: TESTED}


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
    with ExitStack() as stack:
        stack.enter_context(signal_handlers_restored())
        results, outcome = _results(args, stack)
    if is_main_process():
        print(describe_metrics(results), outcome, sep='\n')


def _results(
    args: argparse.Namespace, stack: ExitStack
) -> tuple[dict[str, Any], str]:
    """The results, and whether they are new.

    Args:
        args: What tools/transfer.py parsed.
        stack: Keeps the work dir for this run until they are written.
    """
    with exit_with_message(PROGRAM, OSError, ValueError):
        cfg = load_config(args)
        stack.enter_context(ended_by_signals(cfg))
        check_config(cfg)
        backbones = backbone_configs(cfg)
        seed = set_default_seed(cfg)
        if args.cached_features:
            check_linear(cfg)
        init_processes(cfg)
        check_downstream(cfg, READ[args.test_only])
        source = find_source(
            args.checkpoint,
            cfg,
            args.backbone_dir,
            args.encoder,
            args.trust_checkpoint,
            args.method,
        )
        record = stack.enter_context(claim_work_dir(args, cfg, source, seed))
        file = Path(cfg.work_dir, RESULTS)
        before = from_main_process(lambda: finished(file.parent, record))
        results = before if args.resume else None
        notes = resume_from_newest(cfg) if results is None else []
    outcome = f'finished before: {file}'
    if results is None:
        outcome = f'wrote {file}'
        about = dict(
            config=args.config,
            name=record['config'],
            cfg_options=record['cfg_options'],
            trained=before is not None or not args.test_only,
        )
        with exit_with_message(
            PROGRAM,
            BackboneMismatchError,
            NonFiniteError,
            UnreadableImageError,
        ), disk_full_ends(PROGRAM, cfg.work_dir):
            if args.cached_features:
                with exit_with_message(PROGRAM, ValueError):
                    results = run_cached(
                        cfg,
                        source,
                        args.feature_dir,
                        args.allow_partial,
                        **about,
                    )
            else:
                set_backbone(cfg, backbones, source.path, args.allow_partial)
                separate_metric_files(cfg)
                name_broken_images(cfg)
                stop_at_non_finite(cfg)
                results = run(
                    cfg,
                    source,
                    args.test_only,
                    args.test_before,
                    notes,
                    **about,
                )
    return results, outcome
