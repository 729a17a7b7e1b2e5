"""Pictures of what RegionCL makes of a config's own images."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from matplotlib.figure import Figure
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed
from mmpretrain.registry import DATASETS, MODELS
from torch import Tensor

from ..utils import check_config
from ..utils.files import save_figure
from ..utils.launch import read_config
from .composite_figure import draw


def browse_regions(args: argparse.Namespace) -> None:
    """Draw what the arguments of tools/browse_regions.py say.

    Raises:
        ValueError: If the config has a mistake, lacks data, or has no region
            branch.
    """
    figure = draw_composites(
        args.config, args.num_images, args.seed, args.cfg_options
    )
    if figure is None:
        raise ValueError(
            f'{args.config} has no `model.region_branch`: there '
            'are no regions to draw'
        )
    save_figure(figure, args.out)
    print(f'drew {args.num_images} images to {args.out}')


def draw_composites(
    config: str | Path,
    num_images: int,
    seed: int,
    cfg_options: dict | None = None,
) -> Figure | None:
    """Draw composites of a config's own images.

    Args:
        config: The config's file.
        num_images: Rows of the picture, at least 2.
        seed: Which images, views and rectangle.
        cfg_options: Settings by their dotted keys.

    Returns:
        None if the method makes none.

    Raises:
        ValueError: If the config has a mistake or lacks data.
    """
    cfg = read_config(config, cfg_options)
    check_config(cfg)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    branch = getattr(MODELS.build(cfg.model), 'region_branch', None)
    if branch is None:
        return None
    set_random_seed(seed)
    return draw(load_views(cfg, num_images), branch)


def load_views(cfg: Config, count: int) -> list[Tensor]:
    """Two views of random images, as they are before they are normalised.

    Returns:
        Tensors (count, C, H, W) of levels 0 to 255, red first.
    """
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    chosen = torch.randperm(len(dataset))[:count].tolist()
    preprocessor = MODELS.build(
        {
            'type': 'SelfSupDataPreprocessor',
            **cfg.model.get('data_preprocessor', {}),
            **cfg.get('data_preprocessor', {}),
            'mean': [0.0],
            'std': [1.0],
        }
    )
    batch = default_collate([dataset[i] for i in chosen])
    return preprocessor(batch, training=True)['inputs']
