"""What tools/test.py does with its arguments."""

from __future__ import annotations

import argparse

import mmengine
from mmengine.evaluator import DumpResults
from mmengine.registry import RUNNERS

from ..utils import check_config, load_config


def test(args: argparse.Namespace) -> None:
    """Test a checkpoint, as the arguments of tools/test.py say.

    Raises:
        ValueError: If the config has no test set, has a mistake or lacks
            data.
    """
    cfg = load_config(args)
    if not cfg.get('test_dataloader'):
        raise ValueError(
            f'{args.config} has no `test_dataloader`: a pretraining config '
            'tests nothing by itself. Test a downstream config, or read the '
            "kNN accuracies in the pretraining run's log"
        )
    check_config(cfg)
    cfg.load_from = args.checkpoint
    runner = RUNNERS.get(cfg.get('runner_type', 'Runner')).from_cfg(cfg)
    if args.out and args.out_item == 'pred':
        runner.test_evaluator.metrics.append(DumpResults(args.out))
    metrics = runner.test()
    if args.out and args.out_item == 'metrics':
        mmengine.dump(metrics, args.out)
