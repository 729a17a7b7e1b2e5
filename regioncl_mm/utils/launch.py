"""What train.py, test.py and their like do before a Runner is built."""

from __future__ import annotations

import argparse
import os
import os.path as osp
import warnings

import torch
from mmengine.config import Config, DictAction

# Of mmpretrain's MNIST reader, which only reads the array.
warnings.filterwarnings('ignore', 'The given NumPy array is not writable')


def add_run_arguments(
    parser: argparse.ArgumentParser,
    work_dir: str = 'folder for logs and checkpoints',
) -> None:
    """The arguments that every tool of OpenMMLab has in common.

    Args:
        parser: Gets them.
        work_dir: Help for ``--work-dir``.
    """
    parser.add_argument('--work-dir', help=work_dir)
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config, as key=value; nested keys with '
        'dots, lists as key="[a,b]"',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher',
    )
    # torch.distributed.launch passes --local-rank, torchrun sets LOCAL_RANK.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def load_config(args: argparse.Namespace) -> Config:
    """Read the config, apply the common arguments and fit it to the machine.

    Raises:
        ValueError: If another launcher than torch's is asked for without a
            GPU.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = Config.fromfile(args.config)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    cfg.launcher = args.launcher
    cfg.work_dir = (
        args.work_dir
        or cfg.get('work_dir')
        or osp.join('work_dirs', osp.splitext(osp.basename(args.config))[0])
    )
    if cfg.get('default_scope') == 'mmpretrain':
        _set_dataloader_defaults(cfg)
    if args.launcher != 'none' and not torch.cuda.is_available():
        _use_processes_without_gpu(cfg)
    return cfg


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
