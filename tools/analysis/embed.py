"""A map of a data set's features, coloured by class.

Features of the config's test images (`knn_query_dataloader` of pretraining
configs, else `test_dataloader`) are laid out in two dimensions by t-SNE, or by
UMAP where umap-learn is installed. Distances between groups mean little in
either; whether classes part does.
"""

import argparse
import csv
import sys
from pathlib import Path

import matplotlib
import numpy as np
from tool_arguments import add_source_arguments

from regioncl_mm.evaluation.dataloaders import (
    check_images,
    feature_dataloaders,
)
from regioncl_mm.transfer.features import features_of
from regioncl_mm.transfer.frozen import frozen_model
from regioncl_mm.transfer.prepare import backbone_configs, set_default_seed
from regioncl_mm.transfer.source import find_source
from regioncl_mm.utils import add_run_arguments, load_config

matplotlib.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

PACKAGES = dict(tsne='scikit-learn', umap='umap-learn')


def parse_args() -> argparse.Namespace:
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
    parser.add_argument('--algorithm', choices=list(PACKAGES), default='tsne')
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
    args = parser.parse_args()
    if not 1 <= args.classes <= 20:
        parser.error('--classes must be 1 to 20, as many as there are colours')
    if args.num_images < 5:
        parser.error('--num-images must be 5 or more')
    return args


def choose(
    labels: np.ndarray, num_classes: int, num_images: int, seed: int
) -> np.ndarray:
    """Positions of images: of so many classes, so many in all."""
    rng = np.random.default_rng(seed)
    classes = np.unique(labels)
    if len(classes) > num_classes:
        classes = rng.choice(classes, num_classes, replace=False)
    found = np.flatnonzero(np.isin(labels, classes))
    if len(found) > num_images:
        found = rng.choice(found, num_images, replace=False)
    return np.sort(found)


def lay_out(features: np.ndarray, algorithm: str, seed: int) -> np.ndarray:
    """(N, 2), from unit-length features (N, D).

    Raises:
        ValueError: If the package is not installed.
    """
    try:
        if algorithm == 'umap':
            from umap import UMAP

            reducer = UMAP(metric='cosine', random_state=seed)
        else:
            from sklearn.manifold import TSNE

            reducer = TSNE(
                perplexity=min(30, (len(features) - 1) / 3),
                init='pca',
                learning_rate='auto',
                random_state=seed,
            )
    except ImportError:
        package = PACKAGES[algorithm]
        raise ValueError(
            f'{package} is not installed: `pip install {package}`'
        ) from None
    return reducer.fit_transform(features)


def draw(points: np.ndarray, labels: np.ndarray, names, title: str, out: Path):
    figure, ax = plt.subplots(figsize=(8, 6), layout='constrained')
    colors = plt.get_cmap('tab10' if len(np.unique(labels)) <= 10 else 'tab20')
    for number, label in enumerate(np.unique(labels)):
        of_class = points[labels == label]
        ax.scatter(
            *of_class.T,
            s=9,
            color=colors(number),
            label=names[label] if names else f'class {label}',
        )
    ax.set(title=title, xticks=[], yticks=[], aspect='equal')
    ax.legend(
        loc='center left',
        bbox_to_anchor=(1, 0.5),
        markerscale=2,
        frameon=False,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=120)
    plt.close(figure)


def class_names(cfg, loader: dict):
    """From the data set; None if it has none."""
    from mmpretrain.registry import DATASETS

    return DATASETS.build(loader['dataset']).metainfo.get('classes')


def main() -> None:
    args = parse_args()
    try:
        cfg = load_config(args)
        check_images(cfg)
        backbone_configs(cfg)
        source = find_source(
            args.checkpoint,
            cfg,
            args.backbone_dir,
            args.encoder,
            args.trust_checkpoint,
            args.method,
        )
        set_default_seed(cfg)
        seed = cfg.randomness.seed
        loader = feature_dataloaders(cfg)[1]
        model, _ = frozen_model(cfg, source, args.allow_partial)
        found = features_of(cfg, model, source, args.feature_dir, loader)
        rows = choose(found.labels, args.classes, args.num_images, seed)
        labels = found.labels[rows]
        features = np.array(found.values[rows])
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        points = lay_out(features, args.algorithm, seed)
    except (OSError, ValueError) as error:
        sys.exit(f'embed.py: {error}')
    names = class_names(cfg, loader)
    title = f'{source.method or source.name}: {len(rows)} images'
    draw(points, labels, names, title, args.out)
    table = args.out.with_suffix('.csv')
    with table.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['image', 'label', 'x', 'y'])
        for row, label, point in zip(rows, labels, points):
            writer.writerow([row, label, *(f'{x:.4f}' for x in point)])
    print(f'wrote {args.out} and {table}')


if __name__ == '__main__':
    main()
