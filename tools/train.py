"""Train any config: pretraining, or a downstream library's.

The config's ``default_scope`` says which library's registries serve.
"""

import argparse

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS

from regioncl_mm.utils import add_run_arguments, check_config, load_config


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    add_run_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from a checkpoint; without a path, from the latest one '
        'in the work dir',
    )
    precision = parser.add_mutually_exclusive_group()
    precision.add_argument(
        '--amp',
        action='store_true',
        help='automatic mixed precision in float16; needs a GPU',
    )
    precision.add_argument(
        '--bf16',
        action='store_true',
        help='automatic mixed precision in bfloat16, losses not scaled',
    )
    parser.add_argument(
        '--no-validate',
        action='store_true',
        help='no validation during training',
    )
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by the actual batch size over the '
        "config's `auto_scale_lr.base_batch_size`",
    )
    return parser.parse_args()


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


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    apply_arguments(cfg, args)
    check_config(cfg)
    runner_cls = RUNNERS.get(cfg.get('runner_type', 'Runner'))
    runner_cls.from_cfg(cfg).train()


if __name__ == '__main__':
    main()
