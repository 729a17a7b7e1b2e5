"""Arguments that several tools have in common.

It lies beside the scripts, where Python finds it, and imports nothing slow:
``--help`` answers at once.
"""

from __future__ import annotations

import argparse
from pathlib import Path


class CfgOptions(argparse.Action):
    """mmengine's ``DictAction``, imported when the option is given."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        from mmengine.config import DictAction

        action = DictAction(self.option_strings, self.dest)
        action(parser, namespace, values, option_string)


def positive(text: str) -> int:
    """An argument's ``type``: a whole number from 1 up."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError('must be 1 or more')
    return int(text)


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
        action=CfgOptions,
        metavar='KEY=VALUE',
        help='override settings of the config, as key=value; nested keys with '
        'dots, lists as key="[a,b]"',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher',
    )
    add_install_argument(parser)
    # torch.distributed.launch passes --local-rank, torchrun sets LOCAL_RANK.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def add_install_argument(parser: argparse.ArgumentParser) -> None:
    """For tools that read configs of mmdet, mmsegmentation or mmpose."""
    parser.add_argument(
        '--no-install',
        action='store_true',
        help='where mmdet, mmsegmentation or mmpose is needed and missing, '
        'name the command that installs it, and stop',
    )


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Which backbone is evaluated, beside the ``checkpoint``; what
    :func:`regioncl_mm.transfer.source.find_source` is given."""
    parser.add_argument(
        '--encoder',
        choices=('online', 'momentum'),
        default='online',
        help='which of two encoders; default: online, trained by gradients',
    )
    parser.add_argument(
        '--allow-partial',
        action='store_true',
        help='go on even if the backbone is not wholly the checkpoint; the '
        'results say so',
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='run the code that the checkpoint may contain; only for files '
        'whose origin you know',
    )
    parser.add_argument(
        '--method',
        help='name for the report, such as RegionCL-M; default: by the '
        'pretraining config that the checkpoint names',
    )
    parser.add_argument(
        '--backbone-dir',
        type=Path,
        default='work_dirs/backbones',
        help='folder for extracted backbones; default: %(default)s',
    )
