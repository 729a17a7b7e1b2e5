"""Write the backbone of a pretraining checkpoint to a file of its own.

Reads checkpoints of mmengine (regioncl_mm, mmpretrain, OpenSelfSup), of
facebookresearch's moco, moco-v3 and simsiam, and of torchvision. The file
holds tensors only and is named after a hash of them.
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'checkpoint', type=Path, help='.pth, .pt, .tar or .safetensors file'
    )
    parser.add_argument(
        '--out-dir',
        type=Path,
        help="folder to write to; default: the checkpoint's",
    )
    parser.add_argument(
        '--encoder',
        choices=('online', 'momentum'),
        default='online',
        help='which of two encoders; default: online, trained by gradients',
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='run the code that the checkpoint may contain; only for files '
        'whose origin you know',
    )
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.checkpoints import extract_backbone

    try:
        found = extract_backbone(
            args.checkpoint,
            args.out_dir or args.checkpoint.parent,
            args.encoder,
            args.trust_checkpoint,
        )
    except (OSError, ValueError) as error:
        sys.exit(f'extract_backbone.py: {error}')
    print(
        f'found the {found.encoder} backbone under {found.prefix!r}: '
        f'{found.num_tensors} tensors, {found.num_values:,} values\n'
        f'sha256 of the tensors: {found.sha256}'
    )
    for path in (found.path, found.safetensors_path):
        print(f'{"already there:" if found.reused else "wrote"} {path}')
    print(
        "to use it: init_cfg=dict(type='Pretrained', "
        f"checkpoint='{found.path}', prefix='backbone.')"
    )


if __name__ == '__main__':
    main()
