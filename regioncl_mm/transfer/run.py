"""Train and test one downstream config, and write down what came out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Sequence

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook, EMAHook, Hook
from mmengine.registry import RUNNERS

from ..checkpoints.training_checkpoints import (
    find_best_checkpoint,
    load_best_checkpoint,
)
from ..evaluation.feature_settings import describe_image_list
from ..hooks import VerifyBackboneHook
from ..utils import random_states_restored
from ..utils.files import read_json, write_json
from .results import make_results, to_json_numbers
from .source import Source
from .work_dir import RESULTS


class RunRecordHook(Hook):
    """What a result needs of a run that may have been interrupted.

    The run's checkpoints keep its seconds and the metrics before training.

    Args:
        test_before: Test before the first step.
    """

    KEY = 'transfer'
    priority = 'LOW'  # after the backbone was verified

    def __init__(self, test_before: bool) -> None:
        self.test_before = test_before
        self.metrics_before: dict | None = None
        self.loaded: dict[str, Any] = {}  # `meta` of the checkpoint
        self.seconds_earlier = 0.0
        self.start = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the run took, with what it took before it went on."""
        return self.seconds_earlier + time.monotonic() - self.start

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Read what the run that goes on has kept."""
        state = checkpoint.get(self.KEY, {})
        self.metrics_before = state.get('metrics_before')
        self.seconds_earlier = state.get('seconds', 0.0)
        self.loaded = checkpoint.get('meta', {})

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep it for a run that is interrupted."""
        checkpoint[self.KEY] = dict(
            seconds=self.seconds, metrics_before=self.metrics_before
        )

    def before_train(self, runner) -> None:
        """Test, if a run begins that is to be tested before it."""
        if self.test_before and runner.iter == 0:
            copy_to_averages(runner)
            with random_states_restored():
                self.metrics_before = to_json_numbers(runner.test_loop.run())


def run(
    cfg: Config,
    source: Source,
    test_only: bool = False,
    test_before: bool = False,
    notes: Sequence[str] = (),
    **about: Any,
) -> dict[str, Any]:
    """Train, test, and write ``results.json`` to the work dir.

    If the config keeps the best checkpoint (``save_best``), ``metrics`` are
    that one's and ``metrics_last`` those after the last epoch. A test alone
    leaves the latter as they are in the results of the training.

    Args:
        cfg: A config that :func:`~.prepare.set_backbone` was applied to.
        source: What it starts from.
        test_only: Test ``cfg.load_from``, train nothing.
        test_before: Test before the first step, too.
        notes: Lines for the run's log.
        about: Further entries of the results.

    Raises:
        BackboneMismatchError: Before the first step, if the model has not
            got the source's backbone.
    """
    record = RunRecordHook(test_before)
    runner = RUNNERS.get(cfg.get('runner_type', 'Runner')).from_cfg(cfg)
    runner.register_hook(record)
    for line in notes:
        runner.logger.info(line)
    last, epoch = None, None
    if test_only:
        metrics = runner.test()
        epoch, last = best_of_training(cfg, runner, record.loaded)
    else:
        runner.train()
        metrics = test_trained(runner)
        epoch = load_best_checkpoint(runner)
        if epoch is not None:
            copy_to_averages(runner)
            last, metrics = to_json_numbers(metrics), test_trained(runner)
    results = make_results(
        source,
        metrics,
        verified_record(runner),
        runner.seed,
        record.seconds,
        **about,
        metrics_before=record.metrics_before,
        metrics_last=last,
        best_epoch=epoch,
        train_list=describe_image_list(
            (cfg.get('train_dataloader') or {}).get('dataset') or {}
        ),
    )
    if is_main_process():
        write_json(Path(cfg.work_dir, RESULTS), results)
    return results


def test_trained(runner) -> dict[str, float]:
    """Test the weights that were validated.

    They are an average where EMAHook keeps one, which begins anew, with the
    last step's weights, in ``Runner.test``.
    """
    metrics = runner.test_loop.run()
    runner.call_hook('after_run')
    return metrics


def best_of_training(
    cfg: Config, runner, loaded: dict[str, Any]
) -> tuple[int | None, dict | None]:
    """What a test alone does not find out about the best checkpoint.

    Args:
        cfg: The run's.
        runner: It has tested ``cfg.load_from``.
        loaded: ``meta`` of this checkpoint.

    Returns:
        Its epoch (steps, if the run counts these), and the metrics after the
        last one, if the training has come to its end. None and None, if it
        is not the best checkpoint of a run that keeps it.
    """
    hooks = [x for x in runner.hooks if isinstance(x, CheckpointHook)]
    keepers = [hook for hook in hooks if hook.save_best]
    best = find_best_checkpoint(Path(cfg.work_dir))
    if not keepers or str(best) != cfg.load_from:
        return None, None
    epoch = loaded['epoch' if keepers[0].by_epoch else 'iter']
    before = read_json(Path(cfg.work_dir, RESULTS)) or {}
    same = before.get('best_epoch') == epoch
    return epoch, before.get('metrics_last') if same else None


def copy_to_averages(runner) -> None:
    """Have what EMAHook tests be the weights that were loaded."""
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            hook.ema_model.module.load_state_dict(hook.src_model.state_dict())


def verified_record(runner) -> dict | None:
    """The record of what was loaded, if anything was to be."""
    for hook in runner.hooks:
        if isinstance(hook, VerifyBackboneHook):
            return hook.record
    return None
