"""Pretrain on a folder of photographs, and end with a backbone and a page.

Pictures are found in all folders below FOLDER; labels are not needed. What is
not said is chosen to fit pictures and machine, and every choice is printed
with its reason. The work dir gets:

  recipe/            the config, which tools/train.py runs as it stands, and
                     the list of the pictures
  composites.png     what the method will look at
  epoch_N.pth        checkpoints, from which --resume goes on
  backbone/          the backbone alone, as .pth and .safetensors
  index.html         curves, nearest neighbours of a few pictures, and what
                     to do next

`bash tools/dist_pretrain.sh FOLDER GPUS` is the same on several GPUs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tool_arguments import positive


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('folder', type=Path, help='folder with pictures')
    parser.add_argument(
        '--method',
        help='regioncl-m, -d, -s, -m3, -moby, -byol, -simclr, -barlow, or a '
        'base: mocov2, densecl, simsiam, mocov3, moby, byol, simclr, '
        'barlowtwins; default: by the backbone',
    )
    parser.add_argument(
        '--backbone',
        help='resnet18, -34, -50, -101, swin-tiny, -small, -base, vit-tiny, '
        '-small, -base, or any name that timm has; default: resnet50, and '
        'resnet18 without a GPU',
    )
    parser.add_argument(
        '--size', type=positive, help="pixels of a view's side"
    )
    parser.add_argument(
        '--epochs', type=positive, help='how often each picture is seen'
    )
    parser.add_argument(
        '--batch-size',
        type=positive,
        help='pictures a step, over all processes',
    )
    parser.add_argument('--seed', type=int, help='of all random numbers')
    parser.add_argument(
        '--no-labels',
        action='store_true',
        default=None,  # not said, as with the others: --resume keeps it
        help='do not take folders for classes: no kNN during the training',
    )
    parser.add_argument(
        '--work-dir', help='default: work_dirs/pretrain-NAME OF THE FOLDER'
    )
    begun = parser.add_mutually_exclusive_group()
    begun.add_argument(
        '--resume',
        action='store_true',
        help='go on with what the work dir has, by the config there',
    )
    begun.add_argument(
        '--anew',
        action='store_true',
        help='train anew in a work dir that has checkpoints of an earlier '
        'run; they are moved to a folder in it',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher',
    )
    # torch.distributed.launch passes --local-rank, torchrun sets LOCAL_RANK.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.pretrain.run import pretrain

    pretrain(args)


if __name__ == '__main__':
    main()
