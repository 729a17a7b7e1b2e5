"""Write the backbone of a pretraining checkpoint for this or another library.

Reads checkpoints of mmengine (regioncl_mm, mmpretrain, OpenSelfSup), of
facebookresearch's moco, moco-v3, simsiam, swav, dino, dinov2, mae and vissl,
of lightly, solo-learn, BYOL, SimCLR, MoBY and Swin-Transformer, and of
torchvision, timm, detectron2 and transformers. Files hold tensors only, or
numpy's arrays, and are named after a hash of them. docs/elsewhere.md has the
lines that load each format.
"""

import argparse
import sys
from pathlib import Path

FORMATS = (
    'mmengine',
    'torchvision',
    'timm',
    'detectron2',
    'huggingface',
    'lightly',
)


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'checkpoint',
        type=Path,
        help='.pth, .pt, .ckpt, .tar, .pkl or .safetensors file',
    )
    parser.add_argument(
        '--out-dir',
        type=Path,
        help="folder to write to; default: the checkpoint's",
    )
    parser.add_argument(
        '--format',
        choices=FORMATS,
        default='mmengine',
        help='whose names the tensors get; default: mmengine',
    )
    parser.add_argument(
        '--onnx',
        type=Path,
        metavar='FILE',
        help='write the network to this file, too',
    )
    parser.add_argument(
        '--config',
        type=Path,
        help='pretraining config for --onnx, if neither the checkpoint has it '
        'nor its tensors tell',
    )
    parser.add_argument(
        '--heads',
        type=int,
        help='attention heads of a ViT, which no tensor tells; default: as '
        'the checkpoint says, or as usual for its width',
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
    try:
        if args.format == 'mmengine':
            extract(args)
        else:
            export(args)
        if args.onnx:
            write_onnx(args)
    except (OSError, ValueError) as error:
        sys.exit(f'extract_backbone.py: {error}')


def extract(args: argparse.Namespace) -> None:
    """Write it for OpenMMLab's libraries."""
    from regioncl_mm.checkpoints import extract_backbone

    found = extract_backbone(
        args.checkpoint,
        args.out_dir or args.checkpoint.parent,
        args.encoder,
        args.trust_checkpoint,
    )
    describe(found)
    for path in (found.path, found.safetensors_path):
        print(f'{"already there:" if found.reused else "wrote"} {path}')
    print(
        "to use it: init_cfg=dict(type='Pretrained', "
        f"checkpoint='{found.path}', prefix='backbone.')"
    )


def export(args: argparse.Namespace) -> None:
    """Write it for another library."""
    from regioncl_mm.checkpoints import export_backbone

    found = export_backbone(
        args.checkpoint,
        args.out_dir or args.checkpoint.parent,
        args.format,
        args.encoder,
        args.trust_checkpoint,
        args.heads,
    )
    describe(found)
    for path in found.paths:
        print(f'wrote {path}')
    for note in found.notes:
        print(f'note: {note}')
    print(f'to use it: docs/elsewhere.md#{args.format}')


def write_onnx(args: argparse.Namespace) -> None:
    """Write the network."""
    from mmengine.config import Config

    from regioncl_mm.checkpoints.export import config_for, read_backbone
    from regioncl_mm.checkpoints.onnx_file import write_onnx

    found = read_backbone(args.checkpoint, args.encoder, args.trust_checkpoint)
    if args.config:
        config = Config.fromfile(args.config).model.backbone.to_dict()
    else:
        config = config_for(found, args.heads)
    said = write_onnx(config, found.tensors, args.onnx)
    print(f'wrote {args.onnx}\n{said}')


def describe(found) -> None:
    print(
        f'found the {found.encoder} backbone under {found.prefix!r}: '
        f'{found.num_tensors} tensors, {found.num_values:,} values\n'
        f'sha256 of the tensors: {found.sha256}'
    )


if __name__ == '__main__':
    main()
