"""Classify a config's test images by their nearest training images.

CHECKPOINT is what tools/transfer.py takes: a training checkpoint, an
extracted backbone, `random` or `supervised`. The images are those of the
config's `knn_memory_dataloader` and `knn_query_dataloader`, as pretraining
configs have them, else of its `train_dataloader` and `test_dataloader`, all by
the test pipeline. Features are extracted once and kept in the feature dir;
another k or vote is a matter of seconds. The work dir gets `results.json`.
"""

import argparse
from pathlib import Path

from tool_arguments import add_run_arguments, add_source_arguments


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config with images and a backbone')
    parser.add_argument(
        'checkpoint', help='a file, or `random`, or `supervised`'
    )
    add_run_arguments(
        parser,
        work_dir='folder for results.json; default: '
        'work_dirs/transfer/CONFIG/HASH OF THE BACKBONE-knn…',
    )
    add_source_arguments(parser)
    parser.add_argument(
        '--k', type=int, nargs='+', default=[20, 100], help='default: 20 100'
    )
    parser.add_argument(
        '--vote',
        choices=('weighted', 'majority'),
        default='weighted',
        help='a neighbour counts exp(similarity / temperature), or 1; '
        'default: %(default)s',
    )
    parser.add_argument(
        '--temperature',
        type=float,
        default=0.07,
        help='of the weighted vote; default: %(default)s',
    )
    parser.add_argument(
        '--backend',
        choices=('auto', 'torch', 'faiss'),
        default='auto',
        help='what searches; auto: faiss on the CPU, where it is installed',
    )
    parser.add_argument(
        '--feature-dir',
        type=Path,
        default='work_dirs/features',
        help='folder for features; default: %(default)s',
    )
    args = parser.parse_args(argv)
    if min(*args.k, args.temperature) <= 0:
        parser.error('--k and --temperature must be positive')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.transfer.knn import classify_by_neighbours

    classify_by_neighbours(args)


if __name__ == '__main__':
    main()
