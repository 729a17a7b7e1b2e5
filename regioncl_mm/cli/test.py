"""What tools/test.py does with its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import mmengine
from mmengine.dist import is_main_process
from mmengine.evaluator import DumpResults
from mmengine.registry import RUNNERS

from ..downstream import check_downstream, name_broken_images
from ..images import UnreadableImageError
from ..transfer.results import NOTHING
from ..utils import check_config, load_config
from ..utils.errors import disk_full_ends, exit_with_message
from ..utils.files import write_bytes


def test(args: argparse.Namespace) -> None:
    """Test a checkpoint, as the arguments of tools/test.py say.

    Raises:
        ValueError: If the config has no test set, has a mistake or lacks
            data.
        SystemExit: If the data are not what the config takes them for, an
            image cannot be read or the disk is full.
    """
    cfg = load_config(args)
    if not cfg.get('test_dataloader'):
        raise ValueError(
            f'{args.config} has no `test_dataloader`: a pretraining config '
            'tests nothing by itself. Test a downstream config, or read the '
            "kNN accuracies in the pretraining run's log"
        )
    check_config(cfg)
    with exit_with_message('test.py', ValueError):
        check_downstream(cfg, ('test_dataloader',))
    name_broken_images(cfg)
    cfg.load_from = args.checkpoint
    with disk_full_ends('test.py', args.out or cfg.work_dir):
        runner = RUNNERS.get(cfg.get('runner_type', 'Runner')).from_cfg(cfg)
        if args.out and args.out_item == 'pred':
            runner.test_evaluator.metrics.append(WriteResults(args.out))
        with exit_with_message('test.py', UnreadableImageError):
            metrics = runner.test()
        if not metrics and is_main_process():
            print(NOTHING)
        if args.out and args.out_item == 'metrics':
            write(metrics, args.out)


class WriteResults(DumpResults):
    """mmengine's metric that keeps all predictions, in a whole file."""

    def compute_metrics(self, results: list) -> dict:
        """Write them, and count nothing."""
        write(results, self.out_file_path)
        return {}


def write(content: Any, out: str) -> None:
    """Write what the file's suffix asks for, as ``mmengine.dump`` does."""
    path = Path(out)
    data = mmengine.dump(content, file_format=path.suffix[1:])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, data.encode() if isinstance(data, str) else data)
