"""The features of a source's backbone, from the cache or extracted."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from torch import nn

from ..checkpoints.extract import HASH_DIGITS
from ..evaluation.dataloaders import build_dataloader, feature_dataloaders
from ..evaluation.feature_cache import (
    Features,
    cache_folder,
    cached_features,
)
from ..evaluation.feature_settings import feature_settings
from .source import Source


def train_and_test_features(
    cfg: Config, model: nn.Module, source: Source, root: Path
) -> tuple[Features, Features]:
    """The features of the images to learn from, and of those to test on.

    Args:
        cfg: A config with a backbone, and with images of which
            :func:`feature_dataloaders` chooses.
        model: What :func:`~.frozen.frozen_model` built.
        source: What the model's backbone is.
        root: Folder of all caches.
    """
    train, test = feature_dataloaders(cfg)
    return (
        features_of(cfg, model, source, root, train),
        features_of(cfg, model, source, root, test),
    )


def features_of(
    cfg: Config, model: nn.Module, source: Source, root: Path, loader: dict
) -> Features:
    """The features of the images of one dataloader.

    Args:
        cfg: The config with the backbone.
        model: What :func:`~.frozen.frozen_model` built.
        source: What the model's backbone is.
        root: Folder of all caches.
        loader: One of the configs that :func:`feature_dataloaders` gives.
    """
    seed = cfg.randomness.seed
    sha256 = (source.checkpoint or {}).get('sha256', '')
    name = sha256[:HASH_DIGITS] or f'{source.name}-seed{seed}'
    settings = feature_settings(cfg, loader)
    folder = cache_folder(root, name, settings)
    found = cached_features(
        model, build_dataloader(loader, seed), folder, settings
    )
    if is_main_process():
        count, dim = found.values.shape
        verb = 'read' if found.reused else 'wrote'
        print(f'{verb} {count} x {dim} features: {folder}', flush=True)
    return found
