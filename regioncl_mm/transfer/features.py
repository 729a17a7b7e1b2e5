"""The features of a source's backbone, from the cache or extracted."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from torch import nn

from ..checkpoints.extract import HASH_DIGITS
from ..evaluation.feature_cache import (
    Features,
    cache_folder,
    cached_features,
)
from ..evaluation.feature_images import (
    build,
    feature_dataloaders,
    what_decides,
)
from .source import Source

FEATURE_DIR = Path('work_dirs', 'features')


def both_features(
    cfg: Config, model: nn.Module, source: Source, root: Path
) -> tuple[Features, Features]:
    """Of the images to learn from, and of those to test on.

    Args:
        cfg: See :func:`~regioncl_mm.evaluation.images.feature_dataloaders`.
        model: Of :func:`~.frozen.frozen_model`.
        source: What the model's backbone is.
        root: Folder of all caches.
    """
    return tuple(
        features_of(cfg, model, source, root, loader)
        for loader in feature_dataloaders(cfg)
    )


def features_of(
    cfg: Config, model: nn.Module, source: Source, root: Path, loader: dict
) -> Features:
    """Of the images of one dataloader's config."""
    seed = cfg.randomness.seed
    sha256 = (source.checkpoint or {}).get('sha256', '')
    name = sha256[:HASH_DIGITS] or f'{source.name}-seed{seed}'
    about = what_decides(cfg, loader)
    folder = cache_folder(root, name, about)
    found = cached_features(model, build(loader, seed), folder, about)
    if is_main_process():
        count, dim = found.values.shape
        verb = 'read' if found.reused else 'wrote'
        print(f'{verb} {count} x {dim} features: {folder}', flush=True)
    return found
