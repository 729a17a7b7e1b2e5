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
import json
import sys
from pathlib import Path

from regioncl_mm.analysis.boxes import read_boxes  # noqa: E402
from regioncl_mm.analysis.gradients import measure  # noqa: E402
from regioncl_mm.analysis.runs import Run, input_size, read_run  # noqa: E402
from regioncl_mm.report.plots import GRADIENTS, gradients, save  # noqa: E402


def parse_args() -> argparse.Namespace:
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
        help=f'folder for {GRADIENTS} and the picture; default: %(default)s',
    )
    args = parser.parse_args()
    if min(args.num_images, args.batch_size) < 2:
        parser.error('--num-images and --batch-size must be 2 or more')
    return args


def curve(run: Run, pictures: list, args: argparse.Namespace) -> dict:
    """What the JSON has of a run."""
    size = args.size or input_size(run.cfg)
    found = {}
    for epoch, checkpoint in run.checkpoints.items():
        inside, outside, count = measure(
            *(run.cfg, checkpoint, pictures, size),
            args.batch_size,
            args.seed,
        )
        found[epoch] = (inside, outside)
        print(
            f'{run.name}, epoch {epoch}: {inside:.4g} inside, {outside:.4g} '
            f'outside of objects ({count} images)',
            flush=True,
        )
    return dict(
        name=run.name,
        epochs=list(found),
        inside=[pair[0] for pair in found.values()],
        outside=[pair[1] for pair in found.values()],
        knn_epochs=list(run.knn),
        knn20=list(run.knn.values()),
    )


def main() -> None:
    args = parse_args()
    try:
        pictures = read_boxes(args.ann_file, args.img_prefix)
        runs = [read_run(text) for text in args.runs]
        content = dict(
            runs=[curve(x, pictures[: args.num_images], args) for x in runs],
            unit='mean |d loss / d input|',
            ann_file=args.ann_file.name,
            num_images=min(args.num_images, len(pictures)),
            batch_size=args.batch_size,
            seed=args.seed,
        )
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f'object_gradients.py: {error}')
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / GRADIENTS
    path.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
    picture = path.with_suffix('.png')
    save(gradients(content), picture)
    print(f'wrote {path} and {picture}')


if __name__ == '__main__':
    main()
