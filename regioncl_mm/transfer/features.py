"""The features of a source's backbone, from the cache or extracted."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from torch import nn

from ..evaluation.feature_cache import (
    Features,
    cache_folder,
    cached_features,
)
from ..evaluation.images import build, feature_dataloaders, what_decides
from .extract import HASH_DIGITS
from .sources import Source

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
    seed = cfg.randomness.seed
    sha256 = (source.checkpoint or {}).get('sha256', '')
    name = sha256[:HASH_DIGITS] or f'{source.name}-seed{seed}'
    found = []
    for loader in feature_dataloaders(cfg):
        about = what_decides(cfg, loader)
        folder = cache_folder(root, name, about)
        features = cached_features(model, build(loader, seed), folder, about)
        if is_main_process():
            count, dim = features.values.shape
            verb = 'read' if features.reused else 'wrote'
            print(f'{verb} {count} x {dim} features: {folder}', flush=True)
        found.append(features)
    return tuple(found)
