"""Train any config: pretraining, or a downstream library's.

The config's ``default_scope`` says which library's registries serve.
"""

from __future__ import annotations

import argparse

from tool_arguments import add_run_arguments


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
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
    parser.add_argument(
        '--anew',
        action='store_true',
        help='train anew in a work dir that has checkpoints of an earlier '
        'run; they are moved to a folder in it',
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
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.train import train

    train(args)


if __name__ == '__main__':
    main()
