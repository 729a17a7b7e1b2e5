"""A map of a data set's features (tools/analysis/embed.py)."""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path
from typing import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from mmpretrain.registry import DATASETS

from ..evaluation.dataloaders import (
    KEYS,
    check_images,
    feature_dataloaders,
)
from ..transfer.features import features_of
from ..transfer.frozen import frozen_model
from ..transfer.prepare import backbone_configs, set_default_seed
from ..transfer.source import find_source
from ..utils import load_config
from ..utils.files import save_figure, write_text

PACKAGES = dict(tsne='scikit-learn', umap='umap-learn')


def embed(args: argparse.Namespace) -> None:
    """Lay out the features of a config's test images, and draw them.

    Args:
        args: What tools/analysis/embed.py reads from its command line.

    Raises:
        OSError: If a file is missing, or cannot be written.
        ValueError: If anything is amiss with the config or the checkpoint.
    """
    cfg = load_config(args, KEYS)
    check_images(cfg)
    backbone_configs(cfg)  # there must be a backbone
    source = find_source(
        args.checkpoint,
        cfg,
        args.backbone_dir,
        args.encoder,
        args.trust_checkpoint,
        args.method,
    )
    seed = set_default_seed(cfg)
    loader = feature_dataloaders(cfg)[1]
    model, _ = frozen_model(cfg, source, args.allow_partial)
    found = features_of(cfg, model, source, args.feature_dir, loader)
    rows = choose(found.labels, args.classes, args.num_images, seed)
    labels = found.labels[rows]
    features = np.array(found.values[rows])
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    points = lay_out(features, args.algorithm, seed)
    title = f'{source.method or source.name}: {len(rows)} images'
    names = DATASETS.build(loader['dataset']).metainfo.get('classes')
    draw(points, labels, names, title, args.out)
    table = args.out.with_suffix('.csv')
    write_table(table, rows, labels, points)
    print(f'wrote {args.out} and {table}')


def choose(
    labels: np.ndarray, num_classes: int, num_images: int, seed: int
) -> np.ndarray:
    """Draw the positions of images: of so many classes, so many in all."""
    rng = np.random.default_rng(seed)
    classes = np.unique(labels)
    if len(classes) > num_classes:
        classes = rng.choice(classes, num_classes, replace=False)
    found = np.flatnonzero(np.isin(labels, classes))
    if len(found) > num_images:
        found = rng.choice(found, num_images, replace=False)
    return np.sort(found)


def lay_out(features: np.ndarray, algorithm: str, seed: int) -> np.ndarray:
    """Place features in two dimensions.

    Args:
        features: (N, D) of unit length.
        algorithm: One of ``PACKAGES``.
        seed: What decides the places.

    Returns:
        (N, 2).

    Raises:
        ValueError: If the algorithm's package is not installed.
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


def draw(
    points: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str] | None,
    title: str,
    out: Path,
) -> None:
    """Draw a dot an image, coloured by its class.

    Args:
        points: (N, 2).
        labels: (N,).
        names: The classes' names by label, None if they have none.
        title: The picture's.
        out: The picture's file, whose folder is made.
    """
    figure = Figure(figsize=(8, 6), layout='constrained')
    ax = figure.subplots()
    classes = np.unique(labels)
    colors = matplotlib.colormaps['tab10' if len(classes) <= 10 else 'tab20']
    for number, label in enumerate(classes):
        of_class = points[labels == label]
        ax.scatter(
            of_class[:, 0],
            of_class[:, 1],
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
    save_figure(figure, out, dpi=120)


def write_table(
    path: Path, rows: np.ndarray, labels: np.ndarray, points: np.ndarray
) -> None:
    """Write the place of each image, by its position in the data set."""
    file = io.StringIO(newline='')
    writer = csv.writer(file)
    writer.writerow(['image', 'label', 'x', 'y'])
    for row, label, point in zip(rows, labels, points):
        writer.writerow([row, label, *(f'{x:.4f}' for x in point)])
    write_text(path, file.getvalue())
