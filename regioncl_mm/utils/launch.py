"""What train.py, test.py and their like do before a Runner is built."""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path
from typing import Iterable

import torch
from mmengine.config import Config, DictAction

from ..install import require_libraries
from .effective_options import refuse_options_without_effect
from .walk import dataloaders

# mmpretrain's MNIST reader says so; it only reads the array.
warnings.filterwarnings('ignore', 'The given NumPy array is not writable')
# mmpretrain's random grey pictures give mmcv a number that it does not need.
warnings.filterwarnings('ignore', "Only use 'alpha' for pillow backend")


def load_config(
    args: argparse.Namespace, also_read: Iterable[str] = ()
) -> Config:
    """Read the config that a tool's arguments name.

    Args:
        args: With ``config`` and what ``add_run_arguments`` of
            ``tools/tool_arguments.py`` adds.
        also_read: Keys that the tool reads, besides those that mmengine's
            Runner does.

    Raises:
        ValueError: If another launcher than torch's is asked for without a
            GPU.
    """
    install = not getattr(args, 'no_install', False)
    require_libraries(args.config, install=install)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return read_config(
        args.config, args.cfg_options, args.work_dir, args.launcher, also_read
    )


def read_config(
    path: str | Path,
    cfg_options: dict | None = None,
    work_dir: str | Path | None = None,
    launcher: str = 'none',
    also_read: Iterable[str] = (),
) -> Config:
    """Read a config, change its settings and fit it to the machine.

    Args:
        path: The config's file.
        cfg_options: Settings by their dotted keys.
        work_dir: By default the config's own, or one named after it.
        launcher: What started this process, as mmengine calls it.
        also_read: As in :func:`load_config`.

    Raises:
        ValueError: If another launcher than torch's is asked for without a
            GPU, or a setting has no effect.
    """
    cfg = Config.fromfile(path)
    if cfg_options:
        refuse_options_without_effect(cfg, cfg_options, also_read)
        cfg.merge_from_dict(cfg_options)
    cfg.launcher = launcher
    cfg.work_dir = str(
        work_dir or cfg.get('work_dir') or Path('work_dirs', Path(path).stem)
    )
    if cfg.get('default_scope') == 'mmpretrain':
        _set_dataloader_defaults(cfg)
    _fit_to_no_workers(cfg)
    if launcher != 'none' and not torch.cuda.is_available():
        _use_processes_without_gpu(cfg)
    return cfg


def parse_options(texts: Iterable[str]) -> dict:
    """Settings as ``--cfg-options`` is given them, ``key=value`` each.

    Returns:
        Their values by their dotted keys, as ``--cfg-options`` reads them.
    """
    parsed = argparse.Namespace()
    action = DictAction([], 'cfg_options')
    action(argparse.ArgumentParser(), parsed, list(texts))
    return parsed.cfg_options


def _set_dataloader_defaults(cfg: Config) -> None:
    """mmpretrain's preprocessors expect batches of default_collate."""
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name)
        if loader:
            loader.setdefault('collate_fn', dict(type='default_collate'))
            loader.setdefault('pin_memory', torch.cuda.is_available())
            loader.setdefault(
                'persistent_workers', loader.get('num_workers', 0) > 0
            )


def _fit_to_no_workers(cfg: Config) -> None:
    """Take out what torch refuses of loaders without workers, a hook's too,
    so that ``num_workers=0``, as for a debugger, needs no other setting."""
    for loader in dataloaders(cfg):
        if not loader.get('num_workers'):
            loader.pop('persistent_workers', None)
            loader.pop('prefetch_factor', None)


def _use_processes_without_gpu(cfg: Config) -> None:
    """mmengine's launcher and DDP wrapper assume a GPU a process."""
    if cfg.launcher != 'pytorch':
        raise ValueError(
            f'--launcher {cfg.launcher} needs a GPU for every '
            'process; without one use `--launcher pytorch`'
        )
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
    cfg.model_wrapper_cfg = {
        'type': 'MMDistributedDataParallel',
        'broadcast_buffers': False,
        'device_ids': None,
        **cfg.get('model_wrapper_cfg', {}),
    }
