"""What tools/train.py does with its arguments."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from ..checkpoints.newest import resume_from_newest
from ..downstream import check_downstream, name_broken_images
from ..finite import NonFiniteError
from ..hooks.check_inputs_hook import CheckInputsHook, warn_of_long_queue
from ..images import UnreadableImageError
from ..utils import check_config, init_processes, load_config
from ..utils.data_sets import refuse_no_batch
from ..utils.errors import disk_full_ends, exit_with_message
from ..utils.signals import ended_by_signals, signal_handlers_restored
from ..utils.work_dir import have_unused, work_dir_locked


def train(
    args: argparse.Namespace,
    program: str = 'train.py',
    runner_cls: type[Runner] | None = None,
) -> None:
    """Train a config, as the arguments of tools/train.py say.

    Args:
        args: What tools/train.py reads from its command line.
        program: The tool that says what goes wrong.
        runner_cls: What trains, if not what the config says.

    Raises:
        ValueError: If the config has a mistake, lacks data, has fewer images
            than a batch, or an argument asks for what the config or the
            machine does not have.
        SystemExit: If the data are not what the config takes them for; if
            the work dir is another run's, or the run is to go on
            and all checkpoints are damaged; if the disk is full, an image
            cannot be read or numbers go wrong; and at the end of a run that
            was signalled to end.
    """
    cfg = load_config(args)
    with ExitStack() as stack:
        stack.enter_context(signal_handlers_restored())
        stack.enter_context(ended_by_signals(cfg))
        apply_arguments(cfg, args)
        check_config(cfg)
        init_processes(cfg)
        name_broken_images(cfg)
        with exit_with_message(program, ValueError):
            check_downstream(cfg, ('train_dataloader', 'val_dataloader'))
            stack.enter_context(work_dir_locked(cfg.work_dir))
            notes = []
            if not cfg.get('resume'):
                notes = have_unused(cfg.work_dir, args.anew)
            notes += resume_from_newest(cfg)
        stack.enter_context(
            exit_with_message(program, NonFiniteError, UnreadableImageError)
        )
        stack.enter_context(disk_full_ends(program, cfg.work_dir))
        if runner_cls is None:
            runner_cls = RUNNERS.get(cfg.get('runner_type', 'Runner'))
        runner = runner_cls.from_cfg(cfg)
        for line in notes:
            runner.logger.info(line)
        refuse_no_batch(runner.train_loop.dataloader)
        if not any(isinstance(x, CheckInputsHook) for x in runner.hooks):
            warn_of_long_queue(runner)
        runner.train()


def apply_arguments(cfg: Config, args: argparse.Namespace) -> None:
    """Write the arguments of training alone into the config.

    Raises:
        ValueError: If an argument asks for what the config or the machine
            does not have.
    """
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.bf16:
        cfg.optim_wrapper.type = 'mmpretrain.BFloat16OptimWrapper'
        cfg.optim_wrapper.pop('loss_scale', None)
        cfg.optim_wrapper.pop('dtype', None)
    if args.amp:
        if not torch.cuda.is_available():
            raise ValueError(
                '--amp needs a GPU: mmengine scales losses on '
                'accelerators only; use --bf16 here, or train without'
            )
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError(
                '--auto-scale-lr needs '
                '`auto_scale_lr.base_batch_size` in the config: '
                'the batch size its learning rate is meant for'
            )
        cfg.auto_scale_lr.enable = True
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
