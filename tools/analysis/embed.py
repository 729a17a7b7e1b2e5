"""A map of a data set's features, coloured by class.

Features of the config's test images (`knn_query_dataloader` of pretraining
configs, else `test_dataloader`) are laid out in two dimensions by t-SNE, or by
UMAP where umap-learn is installed. Distances between groups mean little in
either; whether classes part does.
"""

import argparse
import sys
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
    add_run_arguments(parser)
    add_source_arguments(parser)
    parser.add_argument(
        '--out',
        type=Path,
        default='embedding.png',
        help='picture; coordinates go to a .csv beside it; default: '
        '%(default)s',
    )
    parser.add_argument(
        '--algorithm', choices=('tsne', 'umap'), default='tsne'
    )
    parser.add_argument(
        '--num-images',
        type=int,
        default=2000,
        help='drawn at random from those of the classes; default: %(default)s',
    )
    parser.add_argument(
        '--classes',
        type=int,
        default=10,
        help='drawn at random if there are more; at most 20; default: '
        '%(default)s',
    )
    parser.add_argument(
        '--feature-dir',
        type=Path,
        default='work_dirs/features',
        help=argparse.SUPPRESS,
    )
    args = parser.parse_args(argv)
    if not 1 <= args.classes <= 20:
        parser.error('--classes must be 1 to 20, as many as there are colours')
    if args.num_images < 5:
        parser.error('--num-images must be 5 or more')
    return args


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.analysis.embed import embed

    try:
        embed(args)
    except (OSError, ValueError) as error:
        sys.exit(f'embed.py: {error}')


if __name__ == '__main__':
    main()
