"""Make small data sets in the layouts of COCO, Cityscapes and AP-10K.

They let detection, segmentation and pose estimation run without a download.
Detection and segmentation get the same scenes: garments of Fashion-MNIST on
coloured canvases. Pose estimation gets drawn people and four-legged animals.
Fashion-MNIST's test images get label sets in the format of ImageNet-ReaL.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from tool_arguments import add_install_argument

# The toy sets are its data and the like: they are written with what its
# library brings.
TASK = 'configs/quickstart/transfer/'
TASK += 'retinanet_resnet18-tiny_fpn_1xb4-300i_toy-coco.py'


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder to make')
    parser.add_argument(
        '--scenes', type=int, default=240, help='to train on (default 240)'
    )
    parser.add_argument(
        '--val-scenes',
        type=int,
        help='to validate on (default: a quarter of --scenes)',
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--data-root',
        type=Path,
        default=os.environ.get('DATA_ROOT', 'data/fashion-mnist'),
        help="folder with Fashion-MNIST's unpacked files (default: the "
        'environment variable DATA_ROOT, else data/fashion-mnist)',
    )
    parser.add_argument(
        '--force', action='store_true', help='replace an earlier toy set'
    )
    add_install_argument(parser)
    args = parser.parse_args(argv)
    if args.val_scenes is None:
        args.val_scenes = max(1, args.scenes // 4)
    if min(args.scenes, args.val_scenes) < 1 or args.seed < 0:
        parser.error('needs a scene or more of each kind, and a seed from 0')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    import cv2

    from regioncl_mm.install import require_libraries
    from regioncl_mm.utils.places import project_root

    cv2.setNumThreads(1)  # the pictures are small
    settings = vars(args)
    install = not settings.pop('no_install')
    try:
        require_libraries(project_root() / TASK, install=install)
        from regioncl_mm.toy_data.make import described, make_toy_data

        start = time.monotonic()
        make_toy_data(**settings)
    except (ValueError, OSError) as error:
        sys.exit(f'make_toy_data.py: {error}')
    print(f'made in {time.monotonic() - start:.1f} s, seed {args.seed}:')
    for line in described(args.out, args.scenes, args.val_scenes):
        print(f'  {line}')


if __name__ == '__main__':
    main()
