"""Test a checkpoint with the test set and metric of any config."""

import argparse

import mmengine
from mmengine.evaluator import DumpResults
from mmengine.registry import RUNNERS

from regioncl_mm.utils import add_run_arguments, check_config, load_config


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    add_run_arguments(parser)
    parser.add_argument('--out', help='file for the results, .pkl or .json')
    parser.add_argument(
        '--out-item',
        choices=['metrics', 'pred'],
        default='pred',
        help='what goes into --out',
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
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


if __name__ == '__main__':
    main()
