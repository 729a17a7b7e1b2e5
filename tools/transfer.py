"""Train and test a downstream config from a pretrained backbone.

CHECKPOINT is a training checkpoint or an extracted backbone; whatever
tools/extract_backbone.py reads. Two words stand for one: `random` trains the
same config without pretrained weights, `supervised` from torchvision's
ImageNet classifier.

Before the first step every tensor of the model's backbone is compared with
the checkpoint's, and nothing is trained if they differ. The work dir gets
`results.json` at the end.
"""

import argparse
from pathlib import Path

from tool_arguments import add_run_arguments, add_source_arguments


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config of a downstream task')
    parser.add_argument(
        'checkpoint', help='a file, or `random`, or `supervised`'
    )
    add_run_arguments(
        parser,
        work_dir='folder for logs, checkpoints and results.json; default: '
        'work_dirs/transfer/CONFIG/HASH OF THE BACKBONE',
    )
    parser.add_argument(
        '--resume',
        action='store_true',
        help='go on with an interrupted run; one that has not begun begins, '
        'one that is finished is left as it is',
    )
    parser.add_argument(
        '--test-only',
        action='store_true',
        help="test the work dir's best checkpoint, or its latest; train "
        'nothing',
    )
    parser.add_argument(
        '--test-before',
        action='store_true',
        help='test before the first step, too',
    )
    parser.add_argument(
        '--cached-features',
        action='store_true',
        help='for linear classification: train on features of one centre '
        "crop an image; quick, and not the paper's protocol",
    )
    parser.add_argument(
        '--feature-dir',
        type=Path,
        default='work_dirs/features',
        help='folder for --cached-features; default: %(default)s',
    )
    add_source_arguments(parser)
    args = parser.parse_args(argv)
    if args.cached_features and (args.test_only or args.test_before):
        parser.error('--cached-features goes with no --test option')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.transfer.command import transfer

    transfer(args)


if __name__ == '__main__':
    main()
