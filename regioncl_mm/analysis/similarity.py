"""Similarities of an image's cells (tools/analysis/similarity.py)."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS
from torch import Tensor, nn
from torch.nn.functional import normalize

from ..evaluation.dataloaders import (
    KEYS,
    check_images,
    feature_dataloaders,
    innermost,
)
from ..transfer.frozen import frozen_model
from ..transfer.prepare import backbone_configs, set_default_seed
from ..transfer.source import find_source
from ..utils import load_config
from .overlay import draw


def compare(args: argparse.Namespace) -> None:
    """Draw the similarities of two checkpoints beside each other.

    Args:
        args: What tools/analysis/similarity.py reads from its command line.

    Raises:
        OSError: If a file is missing, or cannot be written.
        ValueError: If anything is amiss with the config, the checkpoints, the
            image or the cell.
    """
    cfg = load_config(args, KEYS)
    check_images(cfg)
    backbone_configs(cfg)  # there must be a backbone
    set_default_seed(cfg)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    image = read_image(cfg, args.image)
    maps: dict[str, Tensor] = {}
    for number, checkpoint in enumerate(args.checkpoints):
        source = find_source(
            checkpoint,
            cfg,
            args.backbone_dir,
            args.encoder,
            args.trust_checkpoint,
            args.method,
        )
        model, _ = frozen_model(cfg, source, args.allow_partial)
        features = feature_map(model, image)
        cell = args.cell or [x // 2 for x in features.shape[1:]]
        label = source.method or Path(checkpoint).stem
        title = args.labels[number] if args.labels else label
        # Two checkpoints of one method are two panels.
        title = f'{title} ({number + 1})' if title in maps else title
        maps[title] = similarities(features, *cell)
    draw(image, maps, cell, args.out)
    print(f'drew similarities with cell {cell[0]} {cell[1]}: {args.out}')


def read_image(cfg: Config, image: str) -> Tensor:
    """Read an image through the config's test pipeline.

    Args:
        cfg: With images.
        image: A file, or the number of one of the config's images.

    Returns:
        (C, H, W) uint8.

    Raises:
        ValueError: If there is no such image.
    """
    data_set = feature_dataloaders(cfg)[1]['dataset']
    if image.isdigit():
        built = DATASETS.build(data_set)
        if int(image) >= len(built):
            raise ValueError(
                f'there is no image {image}, the config has {len(built)}'
            )
        return built[int(image)]['inputs']
    pipeline = innermost(data_set)[0].pipeline
    if 'Load' not in pipeline[0].type:
        raise ValueError(
            "the config's images are no files; give the number of one"
        )
    if not Path(image).is_file():
        raise ValueError(f'there is no file {image}')
    return Compose(pipeline)(dict(img_path=image))['inputs']


def similarities(features: Tensor, row: int, column: int) -> Tensor:
    """The cosine of every cell with one of them.

    Args:
        features: (C, H, W).
        row: The cell's, from 0.
        column: The cell's, from 0.

    Returns:
        (H, W).

    Raises:
        ValueError: If there is no such cell.
    """
    height, width = features.shape[1:]
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(
            f'there is no cell {row} {column} in a map of {height} x {width}'
        )
    features = normalize(features, dim=0)
    return torch.einsum('chw,c->hw', features, features[:, row, column])


@torch.no_grad()
def feature_map(model: nn.Module, image: Tensor) -> Tensor:
    """The last stage's features of an image.

    Args:
        model: With a backbone and a preprocessor.
        image: (C, H, W) uint8.

    Returns:
        (D, h, w).

    Raises:
        ValueError: If the backbone has no map.
    """
    batch = image[None].to(get_device())
    # Preprocessors of pretraining take a list of views.
    several = type(model.data_preprocessor).__name__.startswith('SelfSup')
    data = dict(inputs=[batch] if several else batch, data_samples=None)
    inputs = model.data_preprocessor(data, False)['inputs']
    inputs = inputs[0] if isinstance(inputs, list) else inputs
    features = model.backbone(inputs)[-1]
    if features.dim() != 4:
        raise ValueError(
            f'{type(model.backbone).__name__} has no feature map, its output '
            f'has the shape {tuple(features.shape)}'
        )
    return features[0].cpu()
