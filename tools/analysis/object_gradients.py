"""Do gradients reach objects? Figure 4, for runs of your own.

For every checkpoint of each run: the mean magnitude of the gradient of the
pretraining loss with respect to the image, inside and outside of object boxes
(paper, 4.6). The boxes are those of any COCO-format file; the paper's are of a
detector. Accuracies of the kNN are read from the runs' logs.

RUN is a work dir of pretraining, or NAME=FOLDER. For a curve keep a checkpoint
an epoch while training:
  --cfg-options default_hooks.checkpoint.interval=1 \\
                default_hooks.checkpoint.max_keep_ckpts=-1
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('runs', nargs='+', metavar='RUN')
    parser.add_argument(
        '--ann-file', type=Path, required=True, help='boxes, as COCO has them'
    )
    parser.add_argument(
        '--img-prefix', type=Path, required=True, help='folder of the pictures'
    )
    parser.add_argument(
        '--num-images',
        type=int,
        default=256,
        help='the first so many with boxes; default: %(default)s',
    )
    parser.add_argument(
        '--batch-size', type=int, default=32, help='default: %(default)s'
    )
    parser.add_argument(
        '--size',
        type=int,
        help='side of the images in pixels; default: what the run was '
        'trained on',
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--out',
        type=Path,
        default='work_dirs/object_gradients',
        help='folder for object_gradients.json and the picture; default: '
        '%(default)s',
    )
    args = parser.parse_args(argv)
    if min(args.num_images, args.batch_size) < 2:
        parser.error('--num-images and --batch-size must be 2 or more')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.analysis.object_gradients import measure_runs

    try:
        measure_runs(
            args.runs,
            args.ann_file,
            args.img_prefix,
            args.out,
            args.num_images,
            args.batch_size,
            args.size,
            args.seed,
        )
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f'object_gradients.py: {error}')


if __name__ == '__main__':
    main()
